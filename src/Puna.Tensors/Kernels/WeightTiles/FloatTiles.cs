using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Plain numbers in tiles.</summary>
internal enum FloatTileKind
{
    /// <summary>F32: a tile has 16 numbers for each column.</summary>
    Single,

    /// <summary>F16: the same in halves.</summary>
    Half,

    /// <summary>BF16: 16 pairs for each two columns; activations are rounded to bf16.</summary>
    BFloat16,

    /// <summary>The same tiles for <see cref="AmxFloatTileKernel"/>, in whole steps of 32 columns; a panel has the 16 pairs of such a step side by side, token by token.</summary>
    BFloat16Rows,

    /// <summary>The same tiles; activations are rounded to bf16 too but written in single precision, for processors without products of pairs.</summary>
    BFloat16AsSingle,
}

/// <summary>Tiles of 16 rows of plain numbers, and panels of activations for them: columns are filled up with zeros to whole turns of the loop.</summary>
internal static unsafe class FloatTiles
{
    /// <summary>Columns, or pairs of columns, of a turn.</summary>
    public static int TurnSteps(FloatTileKind kind) => kind == FloatTileKind.BFloat16Rows ? AmxTile.Step : FloatWeightTile.Unrolled;

    /// <summary>Columns of a turn of the loop.</summary>
    public static int TurnColumns(FloatTileKind kind) => TurnSteps(kind) * (kind is FloatTileKind.Single or FloatTileKind.Half ? 1 : 2);

    /// <summary>Turns for so many columns.</summary>
    public static int Turns(FloatTileKind kind, int columns) => (columns + TurnColumns(kind) - 1) / TurnColumns(kind);

    /// <summary>Bytes of a tile.</summary>
    public static long TileBytes(FloatTileKind kind, int columns) => (long)Turns(kind, columns) * TurnSteps(kind) * (kind == FloatTileKind.Half ? 32 : 64);

    /// <summary>Bytes a token takes in a panel.</summary>
    public static long TokenBytes(FloatTileKind kind, int columns) => (long)Turns(kind, columns) * TurnSteps(kind) * (kind == FloatTileKind.BFloat16AsSingle ? 2 : 1) * sizeof(float);

    /// <summary>Writes one token into its panel.</summary>
    public static void PackToken(FloatTileKind kind, float* x, int columns, byte* panel, int tokens, int token)
    {
        var to = (uint*)panel + token;
        if (kind is not (FloatTileKind.BFloat16 or FloatTileKind.BFloat16Rows))
        {
            var filled = Turns(kind, columns) * TurnColumns(kind);
            if (kind == FloatTileKind.BFloat16AsSingle)
                for (var k = 0; k < columns; k++) to[k * (nint)tokens] = Rounded(x[k]) << 16;
            else
                for (var k = 0; k < columns; k++) to[k * (nint)tokens] = ((uint*)x)[k];
            for (var k = columns; k < filled; k++) to[k * (nint)tokens] = 0;
            return;
        }
        var steps = Turns(kind, columns) * TurnSteps(kind);
        for (var s = 0; s < steps; s++)
        {
            var low = 2 * s < columns ? Rounded(x[2 * s]) : 0;
            var high = (2 * s) + 1 < columns ? Rounded(x[(2 * s) + 1]) : 0;
            if (kind == FloatTileKind.BFloat16) to[s * (nint)tokens] = low | (high << 16);
            else ((uint*)panel)[(((s / AmxTile.Step * (nint)tokens) + token) * AmxTile.Step) + (s % AmxTile.Step)] = low | (high << 16);
        }
    }

    /// <summary>The nearest bf16 number, ties to even; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }
}
