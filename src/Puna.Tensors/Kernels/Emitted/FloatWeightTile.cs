using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

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
        var (weights, activations, c, tiles, turns) = (r8, r9, rdx, rax, r10);
        const int sums = Unrolled;
        AssemblerRegisterZMM Sum(int token, int part) => EmittedCode.Zmm((token * sums) + part);
        code.mov(weights, Field(nameof(TileArguments.Weights)));
        code.mov(c, Field(nameof(TileArguments.C)));
        code.mov(tiles, Field(nameof(TileArguments.Tiles)));
        var nextTile = code.CreateLabel();
        code.Label(ref nextTile);
        var (begun, whole, end) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        for (var i = 0; i < tokens * sums; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));
        code.cmp(Field(nameof(TileArguments.Continues)), 0);
        code.je(begun);
        code.mov(r11, Field(nameof(TileArguments.Kept)));
        for (var i = 0; i < tokens * sums; i++) code.vmovups(EmittedCode.Zmm(i), __zmmword_ptr[r11 + (64 * i)]);
        code.Label(ref begun);
        code.mov(activations, Field(nameof(TileArguments.Activations)));
        code.mov(turns, Field(nameof(TileArguments.Blocks)));
        var again = code.CreateLabel();
        code.Label(ref again);
        var bytes = kind == FloatTileKind.Half ? 32 : 64;
        if (tokens <= FewTokens) EmittedCode.Prefetch(code, weights, Unrolled * bytes);
        for (var step = 0; step < Unrolled; step++)
        {
            var w = EmittedCode.Zmm(FirstWeights + step);
            if (kind == FloatTileKind.Half) code.vcvtph2ps(w, __ymmword_ptr[weights + (step * bytes)]);
            else code.vmovups(w, __zmmword_ptr[weights + (step * bytes)]);
            for (var t = 0; t < tokens; t++)
            {
                var a = __dword_bcst[activations + (((step * tokens) + t) * sizeof(float))];
                if (kind == FloatTileKind.BFloat16) code.vdpbf16ps(Sum(t, step % sums), w, a);
                else code.vfmadd231ps(Sum(t, step % sums), w, a);
            }
        }
        code.add(weights, Unrolled * bytes);
        code.add(activations, Unrolled * tokens * sizeof(float));
        code.dec(turns);
        code.jne(again);
        code.cmp(Field(nameof(TileArguments.IsContinued)), 0);
        code.je(whole);
        code.mov(r11, Field(nameof(TileArguments.Kept)));
        for (var i = 0; i < tokens * sums; i++) code.vmovups(__zmmword_ptr[r11 + (64 * i)], EmittedCode.Zmm(i));
        code.jmp(end);
        code.Label(ref whole);
        code.mov(r9, c);
        code.mov(r11, Field(nameof(TileArguments.CRowBytes)));
        for (var t = 0; t < tokens; t++)
        {
            for (var width = sums / 2; width > 0; width /= 2)
                for (var part = 0; part < width; part++) code.vaddps(Sum(t, part), Sum(t, part), Sum(t, part + width));
            code.vmovups(__zmmword_ptr[r9], Sum(t, 0));
            if (t + 1 < tokens) code.add(r9, r11);
        }
        code.Label(ref end);
        code.add(c, WeightTileFormat.Rows * sizeof(float));
        code.dec(tiles);
        code.jne(nextTile);
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);
}
