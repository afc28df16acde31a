namespace Puna.Tensors;

/// <summary>How a format's blocks are taken apart into codes and scales, for laying rows side by side.</summary>
internal unsafe interface ITileSource
{
    /// <summary>The format.</summary>
    static abstract string Name { get; }

    /// <summary>The codes of a group of 32 columns: eight quads of four bytes, the first column lowest.</summary>
    static abstract void Quads(byte* block, int group, uint* quads);

    /// <summary>The block's half d.</summary>
    static abstract ushort Scale(byte* block);

    /// <summary>The block's half m; 0 where it has none.</summary>
    static abstract ushort Minimum(byte* block);

    /// <summary>Scale and minimum of a subgroup as bytes, where scales are bytes.</summary>
    static abstract (byte Scale, byte Minimum) Bytes(byte* block, int subgroup);
}

/// <summary>Bit fields of four bytes at once.</summary>
internal static unsafe class QuadBits
{
    public const uint Nibbles = 0x0F0F0F0F;
    public const uint Pairs = 0x03030303;

    /// <summary>Eight quads of nibbles: byte j has column j below and column j + 16 above.</summary>
    public static void Split(byte* nibbles, uint* quads)
    {
        var words = (uint*)nibbles;
        for (var i = 0; i < 4; i++) (quads[i], quads[i + 4]) = (words[i] & Nibbles, (words[i] >> 4) & Nibbles);
    }

    /// <summary>Adds the fifth bits: bit j is column j's.</summary>
    public static void AddFifth(uint bits, uint* quads)
    {
        for (var i = 0; i < 8; i++, bits >>= 4) quads[i] |= Spread(bits & 15) << 4;
    }

    /// <summary>Six-bit scale and minimum of group g in the 12 bytes of Q4_K and Q5_K.</summary>
    public static (byte Scale, byte Minimum) SixBits(byte* bytes, int group) => group < 4
        ? ((byte)(bytes[group] & 63), (byte)(bytes[group + 4] & 63))
        : ((byte)((bytes[group + 4] & 15) | (bytes[group - 4] >> 6 << 4)), (byte)((bytes[group + 4] >> 4) | (bytes[group] >> 6 << 4)));

    /// <summary>Four bits, one in each byte.</summary>
    private static uint Spread(uint four) => (four & 1) | ((four & 2) << 7) | ((four & 4) << 14) | ((four & 8) << 21);
}
