using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>What <see cref="BFloat16Tile"/> is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BFloat16TileArguments
{
    /// <summary>Packed rows: for each pair of depth, 8 pairs of bf16. Or the first row of rows as they lie.</summary>
    public uint* A;

    /// <summary>Bytes between rows that are read as they lie.</summary>
    public nint ARowBytes;

    /// <summary>Packed columns: for each pair of depth, 16·width pairs of bf16.</summary>
    public uint* B;

    /// <summary>First element of the result's tile.</summary>
    public float* C;

    /// <summary>Bytes between rows of the result.</summary>
    public nint CRowBytes;

    /// <summary>Pairs of depth, one at least.</summary>
    public nint Pairs;

    /// <summary>Not 0: add to what is there.</summary>
    public nint Accumulate;

    /// <summary>Bits of the columns wanted in the last register.</summary>
    public nint LastMask;
}

/// <summary>
/// The inner loop of the AVX512_BF16 product: a tile of up to 8 rows × 48 columns kept in 24 registers. Each turn takes two steps of depth
/// at once: it loads the columns' pairs, broadcasts each row's pair and lets VDPBF16PS add both products to the sums.
/// </summary>
internal static class BFloat16Tile
{
    /// <summary>Rows of a full tile.</summary>
    public const int Rows = 8;

    /// <summary>Registers of columns in the widest tile.</summary>
    public const int Widest = 3;

    /// <summary>Columns of a register.</summary>
    public const int Lanes = 16;

    private const int Unrolled = 4;
    private const int FirstColumn = Rows * Widest; // the registers after the sums: columns, then broadcast rows
    private const int FirstRow = FirstColumn + Widest;
    private const int RowRegisters = 4;

    /// <summary>Writes the loop for a tile of this size.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="rows">1 to 8.</param>
    /// <param name="width">1 to 3 registers of columns.</param>
    /// <param name="readsRows">Whether A lies row by row instead of in a panel.</param>
    public static void Emit(Assembler code, int rows, int width, bool readsRows)
    {
        var argument = EmittedCode.Argument;
        var (a, b, c, cRow, pairs, rest) = (r8, r9, rdx, r10, rax, r11);
        code.mov(a, argument.Field(nameof(BFloat16TileArguments.A)));
        code.mov(b, argument.Field(nameof(BFloat16TileArguments.B)));
        code.mov(rest, argument.Field(nameof(BFloat16TileArguments.Pairs)));
        var aStep = readsRows ? sizeof(uint) : Rows * sizeof(uint);
        for (var i = 0; i < rows * width; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));

        code.mov(c, argument.Field(nameof(BFloat16TileArguments.C)));
        code.mov(cRow, argument.Field(nameof(BFloat16TileArguments.CRowBytes)));
        AskForResults(code, c, cRow, rows, width);
        if (readsRows)
        {
            // rows 0, 3 and 6 have a register each, the others lie one or two distances behind them
            code.push(argument);
            code.mov(argument, argument.Field(nameof(BFloat16TileArguments.ARowBytes)));
            code.lea(rdx, __[argument + (argument * 2)]);
            code.lea(r10, __[a + rdx]);
            code.add(rdx, r10);
        }
        var (unrolled, single, done) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        code.mov(pairs, rest);
        code.shr(pairs, 2);
        var below = rest; // the tile below, asked for line by line as if its rows lay side by side
        if (readsRows) code.lea(below, __[a + (argument * Rows)]);
        else code.and(rest, Unrolled - 1);
        code.test(pairs, pairs);
        code.je(single);
        code.Label(ref unrolled);
        for (var step = 0; step < Unrolled; step++)
        {
            if (readsRows && step % 2 == 0) code.prefetcht0(__byte_ptr[below + (step * Rows * sizeof(uint))]);
            Step(code, b, rows, width, step, readsRows);
        }
        Advance(Unrolled);
        code.add(b, Unrolled * width * Lanes * sizeof(uint));
        if (readsRows) code.add(below, Unrolled * Rows * sizeof(uint));
        code.dec(pairs);
        code.jne(unrolled);
        code.Label(ref single);
        if (readsRows)
        {
            code.mov(rest, __qword_ptr[rsp]); // the argument
            code.mov(rest, __qword_ptr[rest + Offset(nameof(BFloat16TileArguments.Pairs))]);
            code.and(rest, Unrolled - 1);
        }
        code.test(rest, rest);
        code.je(done);
        var tail = code.CreateLabel();
        code.Label(ref tail);
        Step(code, b, rows, width, 0, readsRows);
        Advance(1);
        code.add(b, width * Lanes * sizeof(uint));
        code.dec(rest);
        code.jne(tail);
        code.Label(ref done);
        if (readsRows) code.pop(argument);

        code.mov(c, argument.Field(nameof(BFloat16TileArguments.C)));
        code.mov(cRow, argument.Field(nameof(BFloat16TileArguments.CRowBytes)));
        code.mov(rax, argument.Field(nameof(BFloat16TileArguments.LastMask)));
        code.kmovw(k1, eax);
        var store = code.CreateLabel();
        var finished = code.CreateLabel();
        code.cmp(__qword_ptr[argument + Offset(nameof(BFloat16TileArguments.Accumulate))], 0);
        code.je(store);
        Results(code, c, cRow, rows, width, add: true);
        code.jmp(finished);
        code.Label(ref store);
        Results(code, c, cRow, rows, width, add: false);
        code.Label(ref finished);
        code.nop();

        void Advance(int steps)
        {
            code.add(a, steps * aStep);
            if (readsRows && rows > 3) code.add(r10, steps * aStep);
            if (readsRows && rows > 6) code.add(rdx, steps * aStep);
        }
    }

    /// <summary>Where a row's pair of a step lies.</summary>
    private static AssemblerMemoryOperand RowAt(int row, int step, bool readsRows)
    {
        if (!readsRows) return __dword_ptr[r8 + (((step * Rows) + row) * sizeof(uint))];
        var first = (row / 3) switch { 0 => r8, 1 => r10, _ => rdx };
        var offset = step * sizeof(uint);
        return (row % 3) switch { 0 => __dword_ptr[first + offset], 1 => __dword_ptr[first + rcx + offset], _ => __dword_ptr[first + (rcx * 2) + offset] };
    }

    /// <summary>Asks for the result's cache lines while there is time: written all at once at the end, they would be waited for.</summary>
    private static void AskForResults(Assembler code, AssemblerRegister64 c, AssemblerRegister64 cRow, int rows, int width)
    {
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < width; j++) code.prefetchw(__byte_ptr[c + (j * Lanes * sizeof(float))]);
            if (i + 1 < rows) code.add(c, cRow);
        }
    }

    private static AssemblerMemoryOperand Field(this AssemblerRegister64 argument, string name) => __qword_ptr[argument + Offset(name)];

    private static int Offset(string name) => (int)Marshal.OffsetOf<BFloat16TileArguments>(name);

    private static void Step(Assembler code, AssemblerRegister64 b, int rows, int width, int step, bool readsRows)
    {
        for (var j = 0; j < width; j++) code.vmovups(EmittedCode.Zmm(FirstColumn + j), __zmmword_ptr[b + (((step * width) + j) * Lanes * sizeof(uint))]);
        for (var i = 0; i < rows; i++)
        {
            var row = EmittedCode.Zmm(FirstRow + (i % RowRegisters));
            code.vpbroadcastd(row, RowAt(i, step, readsRows));
            for (var j = 0; j < width; j++) code.vdpbf16ps(EmittedCode.Zmm((i * width) + j), EmittedCode.Zmm(FirstColumn + j), row);
        }
    }

    private static void Results(Assembler code, AssemblerRegister64 c, AssemblerRegister64 cRow, int rows, int width, bool add)
    {
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < width; j++)
            {
                var sum = EmittedCode.Zmm((i * width) + j);
                var masked = j == width - 1;
                var memory = __zmmword_ptr[c + (j * Lanes * sizeof(float))];
                if (add) code.vaddps(masked ? sum.k1 : sum, sum, memory);
                code.vmovups(masked ? memory.k1 : memory, sum);
            }
            if (i + 1 < rows) code.add(c, cRow);
        }
    }
}
