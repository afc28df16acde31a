using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// The product of tiles of 16 rows of plain numbers with a panel of activations by AVX2, FMA and F16C. Each result has the four sums of <see cref="FloatWeightTile"/>,
/// added in the same order, so that F32 and F16 have the same results to the bit. There is no room for all of them: one token has its four sums in registers, two or
/// three go through the tile twice with two sums at a time, more of them four times with one.
/// </summary>
internal sealed class Avx2FloatTile
{
    private const int Halves = 2, HalfBytes = 32, Results = FloatWeightTile.PanelTokens * Halves, SavedStack = 2 * Results * HalfBytes, FrameBytes = SavedStack + 64;
    private static readonly int[] PassOrder = [0, 2, 1, 3]; // (first + third) + (second + fourth)
    private static readonly AssemblerRegisterYMM[] Weights = [EmittedCode.Ymm(12), EmittedCode.Ymm(13)];
    private static readonly AssemblerRegisterYMM Activation = EmittedCode.Ymm(14), Mask = EmittedCode.Ymm(15);

    private readonly AssemblerRegister64 _tile = r8, _activations = r9, _c = rdx, _tiles = rax, _turns = r10, _weights = r11;
    private readonly Assembler _code;
    private readonly FloatTileKind _kind;
    private readonly int _tokens, _sumsAtOnce;

    private Avx2FloatTile(Assembler code, FloatTileKind kind, int tokens) => (_code, _kind, _tokens, _sumsAtOnce) = (code, kind, tokens, tokens == 1 ? 4 : tokens <= 3 ? 2 : 1);

    private int RowBytes => _kind == FloatTileKind.Half ? 32 : 64;

    /// <summary>Columns that lie side by side in a step.</summary>
    private int StepColumns => _kind == FloatTileKind.BFloat16AsSingle ? 2 : 1;

    /// <summary>Writes the function for a kind of numbers and so many tokens.</summary>
    /// <param name="code">Receives it.</param>
    /// <param name="kind">Single, half, or bf16 with activations in single precision.</param>
    /// <param name="tokens">1 to 6.</param>
    public static void Emit(Assembler code, FloatTileKind kind, int tokens) => new Avx2FloatTile(code, kind, tokens).Emit();

    private void Emit()
    {
        _code.mov(r11, rsp);
        _code.and(rsp, -64);
        _code.sub(rsp, FrameBytes);
        _code.mov(__qword_ptr[rsp + SavedStack], r11);
        _code.mov(_tile, Field(nameof(TileArguments.Weights)));
        _code.mov(_c, Field(nameof(TileArguments.C)));
        _code.mov(_tiles, Field(nameof(TileArguments.Tiles)));
        if (_kind == FloatTileKind.BFloat16AsSingle)
        {
            _code.vpcmpeqd(Mask, Mask, Mask);
            _code.vpslld(Mask, Mask, 16);
        }
        var nextTile = _code.CreateLabel();
        _code.Label(ref nextTile);
        var passes = FloatWeightTile.Unrolled / _sumsAtOnce;
        for (var pass = 0; pass < passes; pass++) EmitPass(pass, passes);
        _code.mov(_tile, _weights);

        _code.mov(r9, _c);
        _code.mov(r10, Field(nameof(TileArguments.CRowBytes)));
        for (var t = 0; t < _tokens; t++)
        {
            for (var half = 0; half < Halves; half++) _code.vmovups(__ymmword_ptr[r9 + (HalfBytes * half)], Sum(t, half, 0));
            if (t + 1 < _tokens) _code.add(r9, r10);
        }
        _code.add(_c, WeightTileFormat.Rows * sizeof(float));
        _code.dec(_tiles);
        _code.jne(nextTile);
        _code.mov(rsp, __qword_ptr[rsp + SavedStack]);
    }

    private void EmitPass(int pass, int passes)
    {
        _code.mov(_weights, _tile);
        _code.mov(_activations, Field(nameof(TileArguments.Activations)));
        _code.mov(_turns, Field(nameof(TileArguments.Blocks)));
        for (var i = 0; i < _tokens * Halves * _sumsAtOnce; i++) _code.vpxor(EmittedCode.Ymm(i), EmittedCode.Ymm(i), EmittedCode.Ymm(i));
        var again = _code.CreateLabel();
        _code.Label(ref again);
        if (_tokens <= FloatWeightTile.FewTokens && pass == 0) EmittedCode.Prefetch(_code, _weights + 0, FloatWeightTile.Unrolled * RowBytes);
        for (var part = 0; part < _sumsAtOnce; part++)
            for (var column = 0; column < StepColumns; column++) EmitColumn(PassOrder[(pass * _sumsAtOnce) + part], column, part);
        _code.add(_weights, FloatWeightTile.Unrolled * RowBytes);
        _code.add(_activations, FloatWeightTile.Unrolled * StepColumns * _tokens * sizeof(float));
        _code.dec(_turns);
        _code.jne(again);
        for (var t = 0; t < _tokens; t++)
            for (var half = 0; half < Halves; half++) EmitEndOfPass(pass, passes, t, half);
    }

    /// <summary>A column of 16 rows times all tokens.</summary>
    private void EmitColumn(int step, int column, int part)
    {
        for (var half = 0; half < Halves; half++)
        {
            var at = (step * RowBytes) + (half * RowBytes / 2);
            if (_kind == FloatTileKind.Half) _code.vcvtph2ps(Weights[half], __xmmword_ptr[_weights + at]);
            else if (column == 1) _code.vpand(Weights[half], Mask, __ymmword_ptr[_weights + at]);
            else _code.vmovups(Weights[half], __ymmword_ptr[_weights + at]);
            if (_kind == FloatTileKind.BFloat16AsSingle && column == 0) _code.vpslld(Weights[half], Weights[half], 16);
        }
        for (var t = 0; t < _tokens; t++)
        {
            _code.vbroadcastss(Activation, __dword_ptr[_activations + (((((step * StepColumns) + column) * _tokens) + t) * sizeof(float))]);
            for (var half = 0; half < Halves; half++) _code.vfmadd231ps(Sum(t, half, part), Weights[half], Activation);
        }
    }

    private void EmitEndOfPass(int pass, int passes, int token, int half)
    {
        AssemblerRegisterYMM Part(int part) => Sum(token, half, part);
        if (passes == 1) _code.vaddps(Part(2), Part(2), Part(3));
        if (passes <= 2) _code.vaddps(Part(0), Part(0), Part(1));
        if (passes == 1) _code.vaddps(Part(0), Part(0), Part(2));
        var (even, odd) = (Kept(token, half, 0), Kept(token, half, 1));
        switch (passes, pass)
        {
            case (2, 0) or (4, 0):
                _code.vmovaps(even, Part(0));
                break;
            case (2, 1):
                _code.vaddps(Part(0), Part(0), even);
                break;
            case (4, 1):
                _code.vaddps(Part(0), Part(0), even);
                _code.vmovaps(even, Part(0));
                break;
            case (4, 2):
                _code.vmovaps(odd, Part(0));
                break;
            case (4, 3):
                _code.vaddps(Part(0), Part(0), odd);
                _code.vaddps(Part(0), Part(0), even);
                break;
        }
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);

    private static AssemblerMemoryOperand Kept(int token, int half, int set) => __ymmword_ptr[rsp + (((set * Results) + (token * Halves) + half) * HalfBytes)];

    private AssemblerRegisterYMM Sum(int token, int half, int part) => EmittedCode.Ymm((((token * Halves) + half) * _sumsAtOnce) + part);
}
