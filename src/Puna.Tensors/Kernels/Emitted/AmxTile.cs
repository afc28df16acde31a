using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>What <see cref="AmxTile"/> is called with; it moves <see cref="A"/> and <see cref="C"/> by a block at a time and counts <see cref="Blocks"/> down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AmxTileArguments
{
    /// <summary>Shapes of the tiles.</summary>
    public TileConfiguration Configuration;

    /// <summary>Packed rows: strips of 16, each step of which is [rows][16 numbers of 32 bits].</summary>
    public byte* A;

    /// <summary>Packed columns in tiles of [16 numbers of 32 bits along the depth][16 columns].</summary>
    public byte* B;

    /// <summary>Bytes from a strip of rows to the other one of its block, from a strip's step to its next, and from a block of rows to the next.</summary>
    public nint StripBytes, AStep, ABlock;

    /// <summary>Bytes from a tile of columns to its neighbour, and to the next one along the depth.</summary>
    public nint BNeighbour, BStep;

    /// <summary>Steps of depth, one at least.</summary>
    public nint Steps;

    /// <summary>First element of the result.</summary>
    public byte* C;

    /// <summary>Bytes between rows of the result, and from the results of a block to those of the next.</summary>
    public nint CRowBytes, CBlock;

    /// <summary>Blocks of rows, one at least.</summary>
    public nint Blocks;

    /// <summary>Not 0: add to what is there.</summary>
    public nint Accumulate;

    /// <summary>Bytes from the results of a tile of columns to its neighbour's (<see cref="AmxTile.EmitWide"/>; elsewhere they are side by side).</summary>
    public nint CNeighbour;
}

/// <summary>Which numbers the 32 bits of an operand are.</summary>
internal enum AmxFormat
{
    /// <summary>Two bf16, summed in single precision (TDPBF16PS).</summary>
    BFloat16,

    /// <summary>Four signed bytes, summed in 32-bit integers (TDPBSSD).</summary>
    SignedBytes,
}

/// <summary>
/// The AMX product: blocks of up to 32 × 32 results in four tiles. Each step of depth (16 numbers of 32 bits) loads two tiles of columns and
/// two of rows and multiplies each with each. The blocks of rows follow one another under the same columns. Rows and columns that a matrix
/// has no more are left out by the shapes of the tiles.
/// </summary>
internal static class AmxTile
{
    /// <summary>Rows of A, or columns of B, of a tile.</summary>
    public const int Strip = TileConfiguration.MostRows;

    /// <summary>Numbers of 32 bits along the depth in a tile.</summary>
    public const int Step = TileConfiguration.RowBytes / sizeof(uint);

    /// <summary>Tiles of a block, down as well as across.</summary>
    public const int Most = 2;

    /// <summary>Tiles of columns of a wide block.</summary>
    public const int Wide = 4;

    /// <summary>Bytes of a tile of a packed operand.</summary>
    public const int Bytes = TileConfiguration.MostRows * TileConfiguration.RowBytes;

    private const int FirstColumns = Most * Most; // the registers after the sums: columns, then rows
    private const int FirstRows = FirstColumns + Most;
    private static readonly int[] WideColumns = [FirstColumns, FirstColumns + 1, FirstRows + 1]; // beside four sums and the rows

    /// <summary>Shapes for a block of so many rows and columns, 1 to 32 of each.</summary>
    public static TileConfiguration Configuration(int rows, int columns)
    {
        var configuration = default(TileConfiguration);
        for (var i = 0; i < Most; i++)
        {
            var (down, across) = (Part(rows, i), Part(columns, i));
            for (var j = 0; j < Most; j++) configuration.Set(Sum(i, j), down, Part(columns, j));
            configuration.Set(FirstColumns + i, Step, across);
            configuration.Set(FirstRows + i, down, Step);
        }
        return configuration;
    }

    /// <summary>Shapes for a wide block of so many rows, 1 to 16.</summary>
    public static TileConfiguration WideConfiguration(int rows)
    {
        var configuration = default(TileConfiguration);
        for (var j = 0; j < Wide; j++) configuration.Set(j, rows, Strip);
        foreach (var register in WideColumns) configuration.Set(register, Step, Strip);
        configuration.Set(FirstRows, rows, Step);
        return configuration;
    }

    /// <summary>Writes the function for blocks of so many tiles.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="down">1 or 2 tiles of rows.</param>
    /// <param name="across">1 or 2 tiles of columns.</param>
    /// <param name="format">Numbers of the operands.</param>
    public static void Emit(Assembler code, int down, int across, AmxFormat format)
    {
        AssemblerRegister64[] rows = [r8, r9], columns = [r10, r11];
        var (stride, steps) = (rdx, rax);
        code.ldtilecfg(__zmmword_ptr[EmittedCode.Argument + Marshal.OffsetOf<AmxTileArguments>(nameof(AmxTileArguments.Configuration)).ToInt32()]);
        var (block, clear, ready, again) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel(), code.CreateLabel());

        code.Label(ref block);
        code.cmp(Field(nameof(AmxTileArguments.Accumulate)), 0);
        code.je(clear);
        Results(code, down, across, (sum, memory) => code.tileloadd(sum, memory));
        code.jmp(ready);
        code.Label(ref clear);
        for (var i = 0; i < down; i++)
            for (var j = 0; j < across; j++) code.tilezero(EmittedCode.Tmm(Sum(i, j)));

        code.Label(ref ready);
        code.mov(rows[0], Field(nameof(AmxTileArguments.A)));
        code.mov(columns[0], Field(nameof(AmxTileArguments.B)));
        code.mov(stride, Field(nameof(AmxTileArguments.StripBytes)));
        code.lea(rows[1], __[rows[0] + stride]);
        code.mov(columns[1], Field(nameof(AmxTileArguments.BNeighbour)));
        code.add(columns[1], columns[0]);
        code.mov(stride, TileConfiguration.RowBytes);
        code.mov(steps, Field(nameof(AmxTileArguments.Steps)));
        code.Label(ref again);
        for (var j = 0; j < across; j++) code.tileloadd(EmittedCode.Tmm(FirstColumns + j), __[columns[j] + stride]);
        for (var i = 0; i < down; i++)
        {
            code.tileloadd(EmittedCode.Tmm(FirstRows + i), __[rows[i] + stride]);
            for (var j = 0; j < across; j++) MultiplyAdd(code, format, Sum(i, j), FirstRows + i, FirstColumns + j);
        }
        for (var i = 0; i < down; i++) code.add(rows[i], Field(nameof(AmxTileArguments.AStep)));
        for (var j = 0; j < across; j++) code.add(columns[j], Field(nameof(AmxTileArguments.BStep)));
        code.dec(steps);
        code.jne(again);

        Results(code, down, across, (sum, memory) => code.tilestored(memory, sum));
        Move(nameof(AmxTileArguments.A), nameof(AmxTileArguments.ABlock));
        Move(nameof(AmxTileArguments.C), nameof(AmxTileArguments.CBlock));
        code.mov(rax, Field(nameof(AmxTileArguments.Blocks)));
        code.dec(rax);
        code.mov(Field(nameof(AmxTileArguments.Blocks)), rax); // leaves the flags alone
        code.jne(block);
        code.tilerelease();

        void Move(string place, string distance)
        {
            code.mov(rax, Field(place));
            code.add(rax, Field(distance));
            code.mov(Field(place), rax);
        }
    }

    /// <summary>
    /// Writes the function for one tile of rows by four of columns, all of the depth at once. Few rows wait for columns, which are read once, so these come from four places and are asked for ahead
    /// (<see cref="Prefetching"/>). Of <see cref="AmxTileArguments"/> it uses neither strips nor blocks nor sums to add to, and counts the steps down.
    /// </summary>
    public static void EmitWide(Assembler code, AmxFormat format)
    {
        AssemblerRegister64[] columns = [r9, r10, r11, rax];
        var (rows, stride, again) = (r8, rdx, code.CreateLabel());
        code.ldtilecfg(__zmmword_ptr[EmittedCode.Argument + Marshal.OffsetOf<AmxTileArguments>(nameof(AmxTileArguments.Configuration)).ToInt32()]);
        for (var j = 0; j < Wide; j++) code.tilezero(EmittedCode.Tmm(j));
        code.mov(rows, Field(nameof(AmxTileArguments.A)));
        code.mov(columns[0], Field(nameof(AmxTileArguments.B)));
        code.mov(stride, Field(nameof(AmxTileArguments.BNeighbour)));
        for (var j = 1; j < Wide; j++) code.lea(columns[j], __[columns[j - 1] + stride]);
        code.mov(stride, TileConfiguration.RowBytes);
        code.Label(ref again);
        code.tileloadd(EmittedCode.Tmm(FirstRows), __[rows + stride]);
        for (var j = 0; j < Wide; j++)
        {
            var register = WideColumns[j % WideColumns.Length];
            EmittedCode.Prefetch(code, columns[j] + 0, Bytes, Prefetching.Distance / Wide);
            code.tileloadd(EmittedCode.Tmm(register), __[columns[j] + stride]);
            MultiplyAdd(code, format, j, FirstRows, register);
        }
        code.add(rows, Field(nameof(AmxTileArguments.AStep)));
        foreach (var column in columns) code.add(column, Field(nameof(AmxTileArguments.BStep)));
        code.dec(Field(nameof(AmxTileArguments.Steps)));
        code.jne(again);
        code.mov(r10, Field(nameof(AmxTileArguments.C)));
        code.mov(r11, Field(nameof(AmxTileArguments.CRowBytes)));
        for (var j = 0; j < Wide; j++)
        {
            code.tilestored(__[r10 + r11], EmittedCode.Tmm(j));
            code.add(r10, Field(nameof(AmxTileArguments.CNeighbour)));
        }
        code.tilerelease();
    }

    /// <summary>Writes a loop that multiplies and adds without touching memory.</summary>
    /// <param name="rounds">How often each of the four sums is added to.</param>
    public static void EmitSpin(Assembler code, int rounds, AmxFormat format)
    {
        code.ldtilecfg(__zmmword_ptr[EmittedCode.Argument + Marshal.OffsetOf<AmxTileArguments>(nameof(AmxTileArguments.Configuration)).ToInt32()]);
        for (var i = 0; i < FirstRows + Most; i++) code.tilezero(EmittedCode.Tmm(i));
        code.mov(rax, rounds);
        var again = code.CreateLabel();
        code.Label(ref again);
        for (var i = 0; i < Most; i++)
            for (var j = 0; j < Most; j++) MultiplyAdd(code, format, Sum(i, j), FirstRows + i, FirstColumns + j);
        code.dec(rax);
        code.jne(again);
        code.tilerelease();
    }

    private static int Part(int count, int strip) => Math.Clamp(count - (strip * Strip), 0, Strip);

    private static int Sum(int row, int column) => (row * Most) + column;

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<AmxTileArguments>(name);

    private static void MultiplyAdd(Assembler code, AmxFormat format, int sum, int rows, int columns)
    {
        var (to, a, b) = (EmittedCode.Tmm(sum), EmittedCode.Tmm(rows), EmittedCode.Tmm(columns));
        if (format == AmxFormat.BFloat16) code.tdpbf16ps(to, a, b);
        else code.tdpbssd(to, a, b);
    }

    /// <summary>Goes through the results of a block. Changes rax, r10 and r11.</summary>
    private static void Results(Assembler code, int down, int across, Action<AssemblerRegisterTMM, AssemblerMemoryOperand> each)
    {
        code.mov(r10, Field(nameof(AmxTileArguments.C)));
        code.mov(r11, Field(nameof(AmxTileArguments.CRowBytes)));
        code.mov(rax, r11);
        code.shl(rax, 4); // 16 rows
        for (var i = 0; i < down; i++)
        {
            for (var j = 0; j < across; j++) each(EmittedCode.Tmm(Sum(i, j)), __[r10 + r11 + (j * TileConfiguration.RowBytes)]);
            code.add(r10, rax);
        }
    }
}
