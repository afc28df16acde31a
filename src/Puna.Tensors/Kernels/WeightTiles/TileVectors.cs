using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>
/// <see cref="TileCodes"/> and the scales of the rows in registers of 512 bits, for <see cref="AmxWeightTile"/>: signed bytes and numbers in single precision, with the bits that
/// <see cref="VnniWeightTile"/> makes of them.
/// </summary>
internal static unsafe class TileVectors
{
    private const int Rows = WeightTileFormat.Rows, QuadBytes = WeightTileFormat.QuadBytes, GroupCodes = WeightTileFormat.Quads * QuadBytes;

    /// <summary>Unpacks groups of a tile that begin with a block.</summary>
    /// <param name="format">The format.</param>
    /// <param name="block">The first block.</param>
    /// <param name="groups">Groups wanted, whole blocks.</param>
    /// <param name="codes">Receives [groups][8 quads][16 rows][4 columns].</param>
    /// <param name="scales">Receives [groups][subgroups][16 scales; 16 minima, to be added, where there are].</param>
    public static void Unpack(WeightTileFormat format, byte* block, int groups, byte* codes, float* scales)
    {
        for (; groups > 0; groups -= format.GroupsPerBlock)
        {
            var factor = Halves(block);
            var minimumFactor = format.HasMinimum ? Halves(block + (2 * Rows)) : default;
            var group = block + format.HeaderBytes;
            for (var g = 0; g < format.GroupsPerBlock; g++, group += format.GroupBytes, codes += GroupCodes)
            {
                Codes(format, group, codes);
                for (var s = 0; s < format.Subgroups; s++, scales += Rows)
                {
                    Scale(format, factor, group + (s * Rows)).Store(scales);
                    if (!format.HasMinimum) continue;
                    scales += Rows;
                    if (format.Scale == TileScale.Half) minimumFactor.Store(scales);
                    else (-(Unsigned(group + ((format.Subgroups + s) * Rows)) * minimumFactor)).Store(scales);
                }
            }
            block += format.BlockBytes;
        }
    }

    private static void Codes(WeightTileFormat format, byte* group, byte* codes)
    {
        var low = group + format.ScaleBytes;
        var offset = Vector512.Create((byte)(format.OffsetShift >= 0 && !format.HasLevels ? 1 << format.OffsetShift : 0));
        if (format.LowBits == 8) Bytes(low, offset, codes);
        else if (format.HasLevels) Levels(low, codes);
        else if (format.HighBits == 0) Plane(low, format.LowBits, offset, codes);
        else Planes(low, format.LowBits, group + format.HighPlane, format.HighBits, offset, codes);
    }

    private static void Bytes(byte* plane, Vector512<byte> offset, byte* codes)
    {
        for (var at = 0; at < GroupCodes; at += QuadBytes) (Vector512.Load(plane + at) - offset).Store(codes + at);
    }

    private static void Levels(byte* plane, byte* codes)
    {
        var (levels, mask) = (Vector512.Create(Vector256.Create(Vector128.Create(IQ4_NL.Levels).AsByte())), Vector512.Create((byte)15));
        for (var at = 0; at < GroupCodes / 2; at += QuadBytes)
        {
            var two = Vector512.Load(plane + at);
            Vector512.Shuffle(levels, two & mask).Store(codes + at);
            Vector512.Shuffle(levels, Shifted(two, 4) & mask).Store(codes + (GroupCodes / 2) + at);
        }
    }

    private static void Plane(byte* plane, int bits, Vector512<byte> offset, byte* codes)
    {
        var mask = Vector512.Create((byte)((1 << bits) - 1));
        for (var register = 0; register < bits; register++, codes += QuadBytes)
        {
            var all = Vector512.Load(plane + (register * QuadBytes));
            var to = codes;
            for (var shift = 0; shift < 8; shift += bits, to += bits * QuadBytes) ((Shifted(all, shift) & mask) - offset).Store(to);
        }
    }

    /// <summary>Registers of the second plane hold the quads of one or more registers of the first: quad q has its bits in register q % bits of either.</summary>
    private static void Planes(byte* plane, int bits, byte* highPlane, int highBits, Vector512<byte> offset, byte* codes)
    {
        var (mask, highMask) = (Vector512.Create((byte)((1 << bits) - 1)), Vector512.Create((byte)(((1 << highBits) - 1) << bits)));
        for (var register = 0; register < bits; register++)
        {
            var all = Vector512.Load(plane + (register * QuadBytes));
            var high = Vector512.Load(highPlane + ((register & (highBits - 1)) * QuadBytes));
            for (var (shift, quad) = (0, register); shift < 8; shift += bits, quad += bits)
            {
                var above = highBits == 1 ? quad : quad & ~1; // the first bit of the quad in the second plane
                var bit = above <= bits ? (high.AsUInt16() << (bits - above)).AsByte() : Shifted(high, above - bits);
                (((Shifted(all, shift) & mask) | (bit & highMask)) - offset).Store(codes + (quad * QuadBytes));
            }
        }
    }

    /// <summary>Bits of neighbouring bytes come along and are masked away by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Shifted(Vector512<byte> bytes, int shift) => (bytes.AsUInt16() >>> shift).AsByte();

    private static Vector512<float> Scale(WeightTileFormat format, Vector512<float> factor, byte* bytes) => format.Scale switch
    {
        TileScale.Half => factor,
        TileScale.UnsignedByte => Unsigned(bytes) * factor,
        _ => Signed(bytes) * factor,
    };

    private static Vector512<float> Halves(byte* halves)
    {
        var (low, high) = Vector256.Widen(Vector256.Load((ushort*)halves));
        return HalfBits.ToSingle(Vector512.Create(low, high));
    }

    private static Vector512<float> Unsigned(byte* bytes)
    {
        var (first, last) = Vector128.Widen(Vector128.Load(bytes));
        var (low, high) = Vector256.Widen(Vector256.Create(first, last));
        return Vector512.ConvertToSingle(Vector512.Create(low, high).AsInt32());
    }

    private static Vector512<float> Signed(byte* bytes)
    {
        var (first, last) = Vector128.Widen(Vector128.Load((sbyte*)bytes));
        var (low, high) = Vector256.Widen(Vector256.Create(first, last));
        return Vector512.ConvertToSingle(Vector512.Create(low, high));
    }
}
