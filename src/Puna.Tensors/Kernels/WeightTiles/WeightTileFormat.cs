namespace Puna.Tensors;

/// <summary>How the scales of a tile are kept.</summary>
internal enum TileScale
{
    /// <summary>A half for each group of 32 columns: value = d·(code − offset), or d·code + m.</summary>
    Half,

    /// <summary>A half for 256 columns times an unsigned byte for each subgroup.</summary>
    UnsignedByte,

    /// <summary>A half for 256 columns times a signed byte for each subgroup.</summary>
    SignedByte,
}

/// <summary>
/// How 16 rows of quantised weights lie side by side so that one register holds four columns of all of them. Columns come in groups of 32, groups in blocks of
/// 1 or 8. A block: 16 halves d, 16 halves m where there are minima; then for each group 16 bytes of scale and 16 of minimum for each subgroup (where scales are
/// bytes), and the planes of codes. A plane has the bits of 8 quads, a quad being 4 neighbouring columns of the 16 rows in 64 bytes:
/// 8 bits: quad q in register q; 4 bits: quad q below and q + 4 above in register q; 2 bits: quads q, q + 2, q + 4, q + 6 in register q; 1 bit: quad q in bit q.
/// The number of bytes is the file's (two formats keep their scales of 6 bits in 8).
/// </summary>
/// <param name="Name">The format of the rows in files.</param>
/// <param name="GroupsPerBlock">1 or 8 groups of 32 columns share the halves.</param>
/// <param name="LowBits">Bits of the first plane: 8, 4 or 2.</param>
/// <param name="HighBits">Bits of the second plane: 0, 1 or 2.</param>
/// <param name="Subgroups">1, or 2 of 16 columns with a scale of their own.</param>
/// <param name="Scale">How scales are kept.</param>
/// <param name="HasMinimum">Whether a minimum is kept beside each scale.</param>
/// <param name="OffsetShift">Codes stand for code − 2^this; −1 for no offset.</param>
internal sealed record WeightTileFormat(string Name, int GroupsPerBlock, int LowBits, int HighBits, int Subgroups, TileScale Scale, bool HasMinimum, int OffsetShift)
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 16;

    /// <summary>Columns of a group.</summary>
    public const int GroupColumns = 32;

    /// <summary>Quads of a group.</summary>
    public const int Quads = 8;

    /// <summary>Bytes of a quad with 8 bits a column.</summary>
    public const int QuadBytes = 64;

    /// <summary>Whether codes of 4 bits stand for <see cref="IQ4_NL.Levels"/>.</summary>
    public bool HasLevels { get; } = Name is "IQ4_NL" or "IQ4_XS";

    /// <summary>Bytes of the halves that begin a block.</summary>
    public int HeaderBytes => Rows * sizeof(ushort) * (HasMinimum ? 2 : 1);

    /// <summary>Bytes of a group's scales.</summary>
    public int ScaleBytes => Scale == TileScale.Half ? 0 : Rows * Subgroups * (HasMinimum ? 2 : 1);

    /// <summary>Where the second plane begins within a group.</summary>
    public int HighPlane => ScaleBytes + (Quads * QuadBytes * LowBits / 8);

    /// <summary>Bytes of a group.</summary>
    public int GroupBytes => HighPlane + (Quads * QuadBytes * HighBits / 8);

    /// <summary>Bytes of a block.</summary>
    public int BlockBytes => HeaderBytes + (GroupsPerBlock * GroupBytes);

    /// <summary>Columns of a block.</summary>
    public int BlockColumns => GroupsPerBlock * GroupColumns;

    /// <summary>Every format that has tiles of codes.</summary>
    public static IReadOnlyList<WeightTileFormat> All { get; } =
    [
        new("Q8_0", 1, 8, 0, 1, TileScale.Half, false, 7),
        new("Q4_0", 1, 4, 0, 1, TileScale.Half, false, 3),
        new("Q4_1", 1, 4, 0, 1, TileScale.Half, true, -1),
        new("Q5_0", 1, 4, 1, 1, TileScale.Half, false, 4),
        new("Q5_1", 1, 4, 1, 1, TileScale.Half, true, -1),
        new("Q2_K", 8, 2, 0, 2, TileScale.UnsignedByte, true, -1),
        new("Q3_K", 8, 2, 1, 2, TileScale.SignedByte, false, 2),
        new("Q4_K", 8, 4, 0, 1, TileScale.UnsignedByte, true, -1),
        new("Q5_K", 8, 4, 1, 1, TileScale.UnsignedByte, true, -1),
        new("Q6_K", 8, 4, 2, 2, TileScale.SignedByte, false, 5),
        new("IQ4_NL", 1, 4, 0, 1, TileScale.Half, false, 7),
        new("IQ4_XS", 8, 4, 0, 1, TileScale.SignedByte, false, 7),
    ];

    /// <summary>The tiles of a format; null where it has none of codes.</summary>
    public static WeightTileFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Bytes of a tile of so many columns.</summary>
    public long TileBytes(long columns) => columns / BlockColumns * BlockBytes;
}
