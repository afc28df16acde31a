using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>What <see cref="AmxWeightTile"/> is called with; it moves <see cref="Activations"/> and <see cref="C"/> from panel to panel and counts <see cref="Panels"/> down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AmxWeightArguments
{
    /// <summary>Shapes of the tiles.</summary>
    public TileConfiguration Configuration;

    /// <summary>Signed codes of a run of groups: [tiles][groups][8 quads][16 rows][4 columns].</summary>
    public byte* Codes;

    /// <summary>Scales of the rows, and minima (to be added) where there are: [tiles][groups][subgroups][1 or 2][16 rows].</summary>
    public float* Scales;

    /// <summary>The run's first group in the first panel of activations.</summary>
    public byte* Activations;

    /// <summary>Bytes from a panel to the next.</summary>
    public nint PanelBytes;

    /// <summary>Panels of as many tokens each, one at least.</summary>
    public nint Panels;

    /// <summary>Tiles of weights, one at least.</summary>
    public nint Tiles;

    /// <summary>Groups that are multiplied before the first one is scaled: all of them, at most <see cref="AmxWeightTile.MostAhead"/>.</summary>
    public nint Ahead;

    /// <summary>The groups beyond these.</summary>
    public nint Rest;

    /// <summary>Room for the integers of <see cref="Ahead"/> groups, and its end.</summary>
    public byte* Ring, RingEnd;

    /// <summary>Results of the first tile and panel: [tokens, rows].</summary>
    public byte* C;

    /// <summary>Bytes between tokens of the result, and from a panel's to the next one's.</summary>
    public nint CRowBytes, CPanel;

    /// <summary>Not 0: the sums go on from what is there.</summary>
    public nint Accumulate;

    /// <summary>Used by the function.</summary>
    public nint TilesLeft;

    /// <summary>Used by the function.</summary>
    public byte* Results;
}

/// <summary>
/// The product of tiles of quantised weights with panels of up to 16 tokens by TDPBSSD (AMX-INT8): a group of 32 columns, or of 16 where these have a scale of their own, is
/// one multiplication of tiles, [tokens, columns] · [columns / 4, 16 rows] of quads: the codes of <see cref="WeightTileFormat"/> and the panels of <see cref="TileActivations"/>
/// are tiles as they lie. Its integers are stored to a ring that stays in the first-level cache; some groups later they are scaled and added to the sums, which are
/// registers, as <see cref="VnniWeightTile"/> does it: the same integers, the same operations in the same order for each result, the same bits.
/// </summary>
internal static class AmxWeightTile
{
    /// <summary>The most tokens of a panel: rows of a tile.</summary>
    public const int PanelTokens = TileConfiguration.MostRows;

    /// <summary>Groups that the tile unit is ahead: loading, multiplying, storing and loading again takes some 130 cycles, scaling a group 24 and more.</summary>
    public const int MostAhead = 4;

    /// <summary>Bytes that the integers of a (sub)group take.</summary>
    public const int IntegerBytes = PanelTokens * TileConfiguration.RowBytes;

    private const int GroupCodes = WeightTileFormat.Quads * WeightTileFormat.QuadBytes, RowNumbers = WeightTileFormat.Rows * sizeof(float);
    private const int TilesOfAProduct = 3, Temporaries = 4; // tile registers: integers, activations, codes
    private static readonly AssemblerRegister64 Codes = r8, Activations = r9, Scales = r10, Ring = r11, Stride = rdx, Count = rax;
    private static readonly AssemblerRegisterZMM RowScale = EmittedCode.Zmm(16), RowMinimum = EmittedCode.Zmm(17);

    /// <summary>Bytes of a group's scales and minima.</summary>
    public static int ScaleBytes(WeightTileFormat format) => format.Subgroups * SubgroupNumbers(format);

    /// <summary>Shapes for so many tokens, twice: groups in turn use other registers.</summary>
    public static TileConfiguration Configuration(WeightTileFormat format, int tokens)
    {
        var quads = WeightTileFormat.Quads / format.Subgroups;
        var configuration = default(TileConfiguration);
        for (var first = 0; first < 2 * TilesOfAProduct; first += TilesOfAProduct)
        {
            configuration.Set(first, tokens, WeightTileFormat.Rows);
            configuration.Set(first + 1, tokens, quads);
            configuration.Set(first + 2, quads, WeightTileFormat.Rows);
        }
        return configuration;
    }

    /// <summary>Writes the function for a format (its subgroups and whether it has minima are all that matters) and panels of so many tokens.</summary>
    public static void Emit(Assembler code, WeightTileFormat format, int tokens)
    {
        var groupBytes = tokens * TileActivations.TokenGroupBytes;
        var slot = format.Subgroups * IntegerBytes;
        var (nextPanel, nextTile, clear, ready, tail) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        code.ldtilecfg(__zmmword_ptr[EmittedCode.Argument + Marshal.OffsetOf<AmxWeightArguments>(nameof(AmxWeightArguments.Configuration)).ToInt32()]);

        code.Label(ref nextPanel);
        code.mov(Codes, Field(nameof(AmxWeightArguments.Codes)));
        code.mov(Scales, Field(nameof(AmxWeightArguments.Scales)));
        Copy(code, nameof(AmxWeightArguments.Tiles), nameof(AmxWeightArguments.TilesLeft));
        Copy(code, nameof(AmxWeightArguments.C), nameof(AmxWeightArguments.Results));

        code.Label(ref nextTile);
        code.cmp(Field(nameof(AmxWeightArguments.Accumulate)), 0);
        code.je(clear);
        Results(code, tokens, (sum, memory) => code.vmovups(sum, memory));
        code.jmp(ready);
        code.Label(ref clear);
        for (var t = 0; t < tokens; t++) code.vpxord(Sum(t), Sum(t), Sum(t));

        code.Label(ref ready);
        code.mov(Stride, WeightTileFormat.GroupColumns);
        code.mov(Activations, Field(nameof(AmxWeightArguments.Activations)));
        code.mov(Ring, Field(nameof(AmxWeightArguments.Ring)));
        code.mov(Count, Field(nameof(AmxWeightArguments.Ahead)));
        Turns(code, format, set =>
        {
            EmitProduct(code, format, set, 0);
            code.add(Activations, groupBytes);
            code.add(Ring, slot);
        });

        code.mov(Activations, Field(nameof(AmxWeightArguments.Activations)));
        code.mov(Ring, Field(nameof(AmxWeightArguments.Ring)));
        code.mov(Count, Field(nameof(AmxWeightArguments.Rest)));
        code.test(Count, Count);
        code.je(tail);
        Turns(code, format, set =>
        {
            EmitScaling(code, format, tokens);
            EmitProduct(code, format, set, MostAhead * groupBytes);
            Next();
        });
        code.nop(); // a label of its own for what follows
        code.Label(ref tail);
        code.mov(Count, Field(nameof(AmxWeightArguments.Ahead)));
        Turns(code, format, _ =>
        {
            EmitScaling(code, format, tokens);
            Next();
        });

        Results(code, tokens, (sum, memory) => code.vmovups(memory, sum));
        code.add(Field(nameof(AmxWeightArguments.Results)), RowNumbers);
        code.dec(Field(nameof(AmxWeightArguments.TilesLeft)));
        code.jne(nextTile);
        code.mov(Count, Field(nameof(AmxWeightArguments.PanelBytes)));
        code.add(Field(nameof(AmxWeightArguments.Activations)), Count);
        code.mov(Count, Field(nameof(AmxWeightArguments.CPanel)));
        code.add(Field(nameof(AmxWeightArguments.C)), Count);
        code.dec(Field(nameof(AmxWeightArguments.Panels)));
        code.jne(nextPanel);
        code.tilerelease();

        void Next()
        {
            var inside = code.CreateLabel();
            code.add(Activations, groupBytes);
            code.add(Scales, ScaleBytes(format));
            code.add(Ring, slot);
            code.cmp(Ring, Field(nameof(AmxWeightArguments.RingEnd)));
            code.jne(inside);
            code.mov(Ring, Field(nameof(AmxWeightArguments.Ring)));
            code.Label(ref inside);
        }
    }

    private static int SubgroupNumbers(WeightTileFormat format) => format.HasMinimum ? 2 * RowNumbers : RowNumbers;

    private static AssemblerRegisterZMM Sum(int token) => EmittedCode.Zmm(token);

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<AmxWeightArguments>(name);

    private static void Copy(Assembler code, string from, string to)
    {
        code.mov(Count, Field(from));
        code.mov(Field(to), Count);
    }

    /// <summary>A loop over groups, <see cref="Count"/> of them; a group without subgroups uses other tile registers than the one before.</summary>
    private static void Turns(Assembler code, WeightTileFormat format, Action<int> group)
    {
        var (again, done) = (code.CreateLabel(), code.CreateLabel());
        code.Label(ref again);
        if (format.Subgroups == 1)
        {
            group(1);
            code.dec(Count);
            code.je(done);
        }
        group(0);
        code.dec(Count);
        code.jne(again);
        code.Label(ref done);
    }

    /// <summary>Multiplies a group and stores the integers; the codes are moved on.</summary>
    private static void EmitProduct(Assembler code, WeightTileFormat format, int set, int ahead)
    {
        var bytes = GroupCodes / format.Subgroups;
        for (var s = 0; s < format.Subgroups; s++)
        {
            var first = (set + s) * TilesOfAProduct;
            var (integers, activations, codes) = (EmittedCode.Tmm(first), EmittedCode.Tmm(first + 1), EmittedCode.Tmm(first + 2));
            code.tileloadd(codes, __[Codes + (Stride * 2) + (s * bytes)]);
            code.tileloadd(activations, __[Activations + Stride + (ahead + (s * WeightTileFormat.GroupColumns / format.Subgroups))]);
            code.tilezero(integers);
            code.tdpbssd(integers, activations, codes);
            code.tilestored(__[Ring + (Stride * 2) + (s * IntegerBytes)], integers);
        }
        code.add(Codes, GroupCodes);
    }

    /// <summary>Scales a group's integers and adds them to the sums.</summary>
    private static void EmitScaling(Assembler code, WeightTileFormat format, int tokens)
    {
        var numbers = tokens * WeightTileFormat.GroupColumns;
        AssemblerMemoryOperand Number(int row, int token) => __dword_bcst[Activations + (numbers + (((row * tokens) + token) * sizeof(float)))];
        for (var s = 0; s < format.Subgroups; s++)
        {
            code.vmovups(RowScale, __zmmword_ptr[Scales + (s * SubgroupNumbers(format))]);
            for (var t = 0; t < tokens; t++)
            {
                var (value, scale) = (EmittedCode.Zmm(20 + (t % Temporaries)), EmittedCode.Zmm(20 + Temporaries + (t % Temporaries)));
                code.vcvtdq2ps(value, __zmmword_ptr[Ring + ((s * IntegerBytes) + (t * TileConfiguration.RowBytes))]);
                code.vmulps(scale, RowScale, Number(TileActivations.Scale, t));
                code.vfmadd231ps(Sum(t), value, scale);
            }
            if (!format.HasMinimum) continue;
            var row = format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + s;
            code.vmovups(RowMinimum, __zmmword_ptr[Scales + ((s * SubgroupNumbers(format)) + RowNumbers)]);
            for (var t = 0; t < tokens; t++) code.vfmadd231ps(Sum(t), RowMinimum, Number(row, t));
        }
    }

    /// <summary>Goes through the sums of a tile and panel. Changes r9 and rdx.</summary>
    private static void Results(Assembler code, int tokens, Action<AssemblerRegisterZMM, AssemblerMemoryOperand> each)
    {
        code.mov(r9, Field(nameof(AmxWeightArguments.Results)));
        code.mov(rdx, Field(nameof(AmxWeightArguments.CRowBytes)));
        for (var t = 0; t < tokens; t++)
        {
            each(Sum(t), __zmmword_ptr[r9]);
            if (t + 1 < tokens) code.add(r9, rdx);
        }
    }
}
