using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// The product of <see cref="AttentionTiles"/> for a number of rows and of sides: in each turn a number of every row is broadcast and multiplied with a register of each side.
/// Two to four sides at once share a broadcast, and eight rows share a conversion, so that a turn's loads take less time than its products.
/// </summary>
internal static class AttentionTile
{
    private const int FirstNumbers = 16, Factor = 20;

    /// <summary>Writes the function.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="type">How b is kept; scales are not its business.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="sides">1, 2 or 4 sides of a panel; at most 16 sums in all.</param>
    public static void Emit(Assembler code, CacheType type, int rows, int sides)
    {
        var (a, b, step, side, threeSides, c, cRow, ahead) = (r8, r9, rax, r10, r11, rdx, r8, rdx);
        var bytes = CacheLayout.Side * CacheLayout.BytesOf(type);
        AssemblerRegisterZMM Sum(int row, int s) => EmittedCode.Zmm((row * sides) + s);
        var (nextPanel, fromZero, start, again) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        code.mov(step, Field(nameof(AttentionTileArguments.StepBytes)));
        code.mov(side, Field(nameof(AttentionTileArguments.SideBytes)));
        code.lea(threeSides, __[side + (side * 2)]);

        code.Label(ref nextPanel);
        code.cmp(Field(nameof(AttentionTileArguments.Adds)), 0);
        code.je(fromZero);
        code.mov(c, Field(nameof(AttentionTileArguments.C)));
        code.mov(cRow, Field(nameof(AttentionTileArguments.CRowBytes)));
        for (var row = 0; row < rows; row++)
        {
            for (var s = 0; s < sides; s++) code.vmovups(Sum(row, s), __zmmword_ptr[c + (64 * s)]);
            if (row + 1 < rows) code.add(c, cRow);
        }
        code.jmp(start);
        code.Label(ref fromZero);
        for (var i = 0; i < rows * sides; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));

        code.Label(ref start);
        code.mov(a, Field(nameof(AttentionTileArguments.A)));
        code.mov(b, Field(nameof(AttentionTileArguments.B)));
        code.mov(ahead, Field(nameof(AttentionTileArguments.Ahead)));
        code.Label(ref again);
        for (var s = 0; s < sides; s++) Load(code, type, EmittedCode.Zmm(FirstNumbers + s), s switch { 0 => b + 0, 1 => b + side, 2 => b + (side * 2), _ => b + threeSides });
        for (var i = 0; i < sides * bytes; i += 64) code.prefetcht0(__byte_ptr[ahead + i]);
        for (var row = 0; row < rows; row++)
        {
            code.vbroadcastss(EmittedCode.Zmm(Factor), __dword_ptr[a + (row * AttentionTiles.RowNumbers * sizeof(float))]);
            for (var s = 0; s < sides; s++) code.vfmadd231ps(Sum(row, s), EmittedCode.Zmm(FirstNumbers + s), EmittedCode.Zmm(Factor));
        }
        code.add(ahead, sides * bytes);
        code.add(a, sizeof(float));
        code.add(b, step);
        code.cmp(a, Field(nameof(AttentionTileArguments.AEnd)));
        code.jne(again);
        code.mov(Field(nameof(AttentionTileArguments.Ahead)), ahead);

        code.mov(c, Field(nameof(AttentionTileArguments.C)));
        code.mov(cRow, Field(nameof(AttentionTileArguments.CRowBytes)));
        for (var row = 0; row < rows; row++)
        {
            for (var s = 0; s < sides; s++) code.vmovups(__zmmword_ptr[c + (64 * s)], Sum(row, s));
            if (row + 1 < rows) code.add(c, cRow);
        }
        code.add(Field(nameof(AttentionTileArguments.C)), 64 * sides);
        for (var s = 0; s < sides; s++) code.add(Field(nameof(AttentionTileArguments.B)), side);
        code.dec(Field(nameof(AttentionTileArguments.Panels)));
        code.jne(nextPanel);
    }

    private static void Load(Assembler code, CacheType type, AssemblerRegisterZMM to, AssemblerMemoryOperand from)
    {
        switch (type)
        {
            case CacheType.Float32:
                code.vmovups(to, __zmmword_ptr[from]);
                break;
            case CacheType.Float16:
                code.vcvtph2ps(to, __ymmword_ptr[from]);
                break;
            case CacheType.BFloat16:
                code.vpmovzxwd(to, __ymmword_ptr[from]);
                code.vpslld(to, to, 16);
                break;
            default:
                code.vpmovsxbd(to, __xmmword_ptr[from]);
                code.vcvtdq2ps(to, to);
                break;
        }
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<AttentionTileArguments>(name);
}
