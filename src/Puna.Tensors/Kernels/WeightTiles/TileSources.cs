namespace Puna.Tensors;

// The layouts are those of the structs of the same names in Puna.Tensors/Quantization.

/// <summary><see cref="Q8_0"/>: codes are stored with 128 added.</summary>
internal readonly unsafe struct Q8_0Source : ITileSource
{
    public static string Name => "Q8_0";

    public static void Quads(byte* block, int group, uint* quads)
    {
        for (var i = 0; i < 8; i++) quads[i] = *(uint*)(block + 2 + (4 * i)) ^ 0x80808080;
    }

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => default;
}

/// <summary><see cref="Q4_0"/> and <see cref="IQ4_NL"/>.</summary>
internal readonly unsafe struct Q4_0Source : ITileSource
{
    public static string Name => "Q4_0";

    public static void Quads(byte* block, int group, uint* quads) => QuadBits.Split(block + 2, quads);

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => default;
}

/// <summary><see cref="Q4_1"/>.</summary>
internal readonly unsafe struct Q4_1Source : ITileSource
{
    public static string Name => "Q4_1";

    public static void Quads(byte* block, int group, uint* quads) => QuadBits.Split(block + 4, quads);

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => *(ushort*)(block + 2);

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => default;
}

/// <summary><see cref="Q5_0"/>.</summary>
internal readonly unsafe struct Q5_0Source : ITileSource
{
    public static string Name => "Q5_0";

    public static void Quads(byte* block, int group, uint* quads)
    {
        QuadBits.Split(block + 6, quads);
        QuadBits.AddFifth(*(uint*)(block + 2), quads);
    }

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => default;
}

/// <summary><see cref="Q5_1"/>.</summary>
internal readonly unsafe struct Q5_1Source : ITileSource
{
    public static string Name => "Q5_1";

    public static void Quads(byte* block, int group, uint* quads)
    {
        QuadBits.Split(block + 8, quads);
        QuadBits.AddFifth(*(uint*)(block + 4), quads);
    }

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => *(ushort*)(block + 2);

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => default;
}

/// <summary><see cref="Q2_K"/>.</summary>
internal readonly unsafe struct Q2_KSource : ITileSource
{
    public static string Name => "Q2_K";

    public static void Quads(byte* block, int group, uint* quads)
    {
        var words = (uint*)(block + 16 + (group / 4 * 32));
        for (var i = 0; i < 8; i++) quads[i] = (words[i] >> (group % 4 * 2)) & QuadBits.Pairs;
    }

    public static ushort Scale(byte* block) => *(ushort*)(block + 80);

    public static ushort Minimum(byte* block) => *(ushort*)(block + 82);

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => ((byte)(block[subgroup] & 15), (byte)(block[subgroup] >> 4));
}

/// <summary><see cref="Q3_K"/>.</summary>
internal readonly unsafe struct Q3_KSource : ITileSource
{
    public static string Name => "Q3_K";

    public static void Quads(byte* block, int group, uint* quads)
    {
        var pairs = (uint*)(block + 32 + (group / 4 * 32));
        var high = (uint*)block;
        for (var i = 0; i < 8; i++) quads[i] = ((pairs[i] >> (group % 4 * 2)) & QuadBits.Pairs) | (((high[i] >> group) & 0x01010101) << 2);
    }

    public static ushort Scale(byte* block) => *(ushort*)(block + 108);

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup)
    {
        var low = (block[96 + (subgroup % 8)] >> (subgroup / 8 * 4)) & 15;
        var high = (block[104 + (subgroup % 4)] >> (subgroup / 4 * 2)) & 3;
        return ((byte)((low | (high << 4)) - 32), 0);
    }
}

/// <summary><see cref="Q4_K"/>.</summary>
internal readonly unsafe struct Q4_KSource : ITileSource
{
    public static string Name => "Q4_K";

    public static void Quads(byte* block, int group, uint* quads)
    {
        var words = (uint*)(block + 16 + (group / 2 * 32));
        for (var i = 0; i < 8; i++) quads[i] = (words[i] >> (group % 2 * 4)) & QuadBits.Nibbles;
    }

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => *(ushort*)(block + 2);

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => QuadBits.SixBits(block + 4, subgroup);
}

/// <summary><see cref="Q5_K"/>.</summary>
internal readonly unsafe struct Q5_KSource : ITileSource
{
    public static string Name => "Q5_K";

    public static void Quads(byte* block, int group, uint* quads)
    {
        var words = (uint*)(block + 48 + (group / 2 * 32));
        var fifth = (uint*)(block + 16);
        for (var i = 0; i < 8; i++) quads[i] = ((words[i] >> (group % 2 * 4)) & QuadBits.Nibbles) | (((fifth[i] >> group) & 0x01010101) << 4);
    }

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => *(ushort*)(block + 2);

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => QuadBits.SixBits(block + 4, subgroup);
}

/// <summary><see cref="Q6_K"/>.</summary>
internal readonly unsafe struct Q6_KSource : ITileSource
{
    public static string Name => "Q6_K";

    public static void Quads(byte* block, int group, uint* quads)
    {
        var low = (uint*)(block + (group / 4 * 64) + (group % 2 * 32));
        var high = (uint*)(block + 128 + (group / 4 * 32));
        for (var i = 0; i < 8; i++) quads[i] = ((low[i] >> (group % 4 / 2 * 4)) & QuadBits.Nibbles) | (((high[i] >> (group % 4 * 2)) & QuadBits.Pairs) << 4);
    }

    public static ushort Scale(byte* block) => *(ushort*)(block + 208);

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup) => (block[192 + subgroup], 0);
}

/// <summary><see cref="IQ4_XS"/>.</summary>
internal readonly unsafe struct IQ4_XSSource : ITileSource
{
    public static string Name => "IQ4_XS";

    public static void Quads(byte* block, int group, uint* quads) => QuadBits.Split(block + 8 + (16 * group), quads);

    public static ushort Scale(byte* block) => *(ushort*)block;

    public static ushort Minimum(byte* block) => 0;

    public static (byte Scale, byte Minimum) Bytes(byte* block, int subgroup)
    {
        var low = (block[4 + (subgroup / 2)] >> (4 * (subgroup % 2))) & 15;
        var high = (*(ushort*)(block + 2) >> (2 * subgroup)) & 3;
        return ((byte)((low | (high << 4)) - 32), 0);
    }
}
