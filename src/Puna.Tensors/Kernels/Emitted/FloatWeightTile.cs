using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Puna.Tensors.TileStreams;

namespace Puna.Tensors;

/// <summary>
/// The product of tiles of 16 rows of plain numbers with a panel of activations: for each column (bf16: each two) the numbers of 16 rows in a register, each
/// token's broadcast. F32 and F16 multiply in single precision; BF16 by VDPBF16PS with activations rounded to bf16. Each result has four sums,
/// added at the end, so that an addition need not wait for the one before it and a token's numbers are the same whatever is computed beside it.
/// </summary>
internal static class FloatWeightTile
{
    /// <summary>The most tokens of a panel.</summary>
    public const int PanelTokens = 6;

    /// <summary>Steps (columns, or pairs for bf16) of a turn of the loop.</summary>
    public const int Unrolled = 4;

    /// <summary>Bytes of a token's sums.</summary>
    public const int TokenSumBytes = Unrolled * WeightTileFormat.Rows * sizeof(float);

    /// <summary>More tokens belong to a prompt, whose panels share weights that are in a cache.</summary>
    public const int FewTokens = 3;

    private const int FirstWeights = 24;

    /// <summary>Writes the function for a kind of numbers and so many tokens.</summary>
    public static void Emit(Assembler code, FloatTileKind kind, int tokens)
    {
        var bytes = kind == FloatTileKind.Half ? 32 : 64;
        var streams = tokens switch { 1 => 4, <= FewTokens => 2, _ => 1 };
        TileStreams.Emit(code, streams, Unrolled * bytes, count => EmitTile(code, kind, tokens, count, bytes));
    }

    private static void EmitTile(Assembler code, FloatTileKind kind, int tokens, int streams, int bytes)
    {
        var (begun, again, whole, end) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        for (var i = 0; i < tokens * streams * Unrolled; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));
        if (streams == 1) // parts of a tile come alone
        {
            code.cmp(Field(nameof(TileArguments.Continues)), 0);
            code.je(begun);
            Kept((sum, memory) => code.vmovups(sum, memory));
            code.Label(ref begun);
        }
        code.mov(Activations, Field(nameof(TileArguments.Activations)));
        code.mov(Blocks, Field(nameof(TileArguments.Blocks)));
        code.Label(ref again);
        for (var s = 0; s < streams; s++)
        {
            if (tokens <= FewTokens) EmittedCode.Prefetch(code, At(s), Unrolled * bytes);
            for (var step = 0; step < Unrolled; step++)
            {
                var w = EmittedCode.Zmm(FirstWeights + step);
                if (kind == FloatTileKind.Half) code.vcvtph2ps(w, __ymmword_ptr[At(s) + (step * bytes)]);
                else code.vmovups(w, __zmmword_ptr[At(s) + (step * bytes)]);
                for (var t = 0; t < tokens; t++)
                {
                    var a = __dword_bcst[Activations + (((step * tokens) + t) * sizeof(float))];
                    if (kind == FloatTileKind.BFloat16) code.vdpbf16ps(Sum(s, t, step), w, a);
                    else code.vfmadd231ps(Sum(s, t, step), w, a);
                }
            }
        }
        code.add(Weights, Unrolled * bytes);
        code.add(Activations, Unrolled * tokens * sizeof(float));
        code.dec(Blocks);
        code.jne(again);
        if (streams == 1)
        {
            code.cmp(Field(nameof(TileArguments.IsContinued)), 0);
            code.je(whole);
            Kept((sum, memory) => code.vmovups(memory, sum));
            code.jmp(end);
            code.Label(ref whole);
        }
        for (var s = 0; s < streams; s++)
            for (var t = 0; t < tokens; t++)
                for (var width = Unrolled / 2; width > 0; width /= 2)
                    for (var part = 0; part < width; part++) code.vaddps(Sum(s, t, part), Sum(s, t, part), Sum(s, t, part + width));
        EmitResults(code, tokens, streams, (stream, token) => Sum(stream, token, 0));
        if (streams == 1) code.Label(ref end);

        AssemblerRegisterZMM Sum(int stream, int token, int part) => EmittedCode.Zmm((((stream * tokens) + token) * Unrolled) + part);

        void Kept(Action<AssemblerRegisterZMM, AssemblerMemoryOperand> each)
        {
            code.mov(r11, Field(nameof(TileArguments.Kept)));
            for (var i = 0; i < tokens * Unrolled; i++) each(EmittedCode.Zmm(i), __zmmword_ptr[r11 + (64 * i)]);
        }
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);
}
