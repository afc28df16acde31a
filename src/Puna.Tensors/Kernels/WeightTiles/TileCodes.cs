namespace Puna.Tensors;

/// <summary>Codes out of tiles, as signed numbers: what the planes of <see cref="WeightTileFormat"/> stand for.</summary>
internal static unsafe class TileCodes
{
    /// <summary>The codes of a group, offset taken off: eight quads of 16 rows × 4 bytes.</summary>
    public static void Unpack(WeightTileFormat format, byte* group, sbyte* codes)
    {
        const int Words = WeightTileFormat.QuadBytes / sizeof(uint);
        var low = (uint*)(group + format.ScaleBytes);
        var high = (uint*)(group + format.HighPlane);
        for (var q = 0; q < WeightTileFormat.Quads; q++)
        {
            var to = (uint*)codes + (q * Words);
            switch (format.LowBits)
            {
                case 8:
                    for (var i = 0; i < Words; i++) to[i] = low[(q * Words) + i] ^ 0x80808080;
                    continue;
                case 4:
                    for (var i = 0; i < Words; i++) to[i] = (low[(q % 4 * Words) + i] >> (q / 4 * 4)) & QuadBits.Nibbles;
                    break;
                default:
                    for (var i = 0; i < Words; i++) to[i] = (low[(q % 2 * Words) + i] >> (q / 2 * 2)) & QuadBits.Pairs;
                    break;
            }
            if (format.HighBits == 2)
                for (var i = 0; i < Words; i++) to[i] |= ((high[(q % 2 * Words) + i] >> (q / 2 * 2)) & QuadBits.Pairs) << format.LowBits;
            if (format.HighBits == 1)
                for (var i = 0; i < Words; i++) to[i] |= ((high[i] >> q) & 0x01010101) << format.LowBits;
            if (format.HasLevels)
                for (var i = 0; i < WeightTileFormat.QuadBytes; i++) ((sbyte*)to)[i] = IQ4_NL.Levels[((sbyte*)to)[i]];
            else if (format.OffsetShift >= 0)
                for (var i = 0; i < WeightTileFormat.QuadBytes; i++) ((sbyte*)to)[i] -= (sbyte)(1 << format.OffsetShift);
        }
    }
}
