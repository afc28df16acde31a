using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>Codes out of tiles, as signed numbers: what the planes of <see cref="WeightTileFormat"/> stand for.</summary>
internal static unsafe class TileCodes
{
    /// <summary>The codes of a group, offset taken off: eight quads of 16 rows × 4 bytes.</summary>
    public static void Unpack(WeightTileFormat format, byte* group, sbyte* codes)
    {
        const int QuadBytes = WeightTileFormat.QuadBytes;
        var low = group + format.ScaleBytes;
        var high = group + format.HighPlane;
        var offset = Vector128.Create(format.OffsetShift < 0 ? (byte)0 : (byte)(1 << format.OffsetShift));
        fixed (sbyte* levels = IQ4_NL.Levels)
        {
            var table = Vector128.Load(levels).AsByte();
            for (var q = 0; q < WeightTileFormat.Quads; q++)
            {
                for (var i = 0; i < QuadBytes; i += Vector128<byte>.Count)
                {
                    var code = format.LowBits switch
                    {
                        8 => Vector128.Load(low + (q * QuadBytes) + i),
                        4 => Bits(low + (q % 4 * QuadBytes) + i, q / 4 * 4, QuadBits.Nibbles),
                        _ => Bits(low + (q % 2 * QuadBytes) + i, q / 2 * 2, QuadBits.Pairs),
                    };
                    if (format.HighBits == 2) code |= Bits(high + (q % 2 * QuadBytes) + i, q / 2 * 2, QuadBits.Pairs) << format.LowBits;
                    if (format.HighBits == 1) code |= Bits(high + i, q, 0x01010101) << format.LowBits;
                    code = format.HasLevels ? Vector128.Shuffle(table, code) : code - offset;
                    code.Store((byte*)codes + (q * QuadBytes) + i);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Bits(byte* from, int shift, uint mask) => ((Vector128.Load((uint*)from) >>> shift) & Vector128.Create(mask)).AsByte();
}
