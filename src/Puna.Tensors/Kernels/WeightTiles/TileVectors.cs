using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>
/// <see cref="TileCodes"/> and the scales of the rows in registers of 512 bits (those of 128 take four times as long, and a batch of few tokens waits for them), for <see cref="AmxWeightTile"/>: signed bytes and numbers in single precision, with the bits that
/// <see cref="VnniWeightTile"/> makes of them.
/// </summary>
internal static unsafe class TileVectors
{
    private const int Rows = WeightTileFormat.Rows;

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
            for (var g = 0; g < format.GroupsPerBlock; g++, group += format.GroupBytes, codes += WeightTileFormat.Quads * WeightTileFormat.QuadBytes)
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
        var high = group + format.HighPlane;
        var offset = Vector512.Create((byte)(format.OffsetShift >= 0 && !format.HasLevels ? 1 << format.OffsetShift : 0));
        var levels = format.HasLevels ? Vector128.Create(IQ4_NL.Levels).AsByte().ToVector256().ToVector512() : default;
        for (var q = 0; q < WeightTileFormat.Quads; q++)
        {
            var code = Plane(low, format.LowBits, q);
            if (format.HighBits > 0) code |= (Plane(high, format.HighBits, q).AsUInt16() << format.LowBits).AsByte();
            if (format.HasLevels) code = Vector512.Shuffle(levels, code);
            (code - offset).Store(codes + (q * WeightTileFormat.QuadBytes));
        }
    }

    /// <summary>A quad's bits of a plane with so many bits a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Plane(byte* plane, int bits, int quad)
    {
        var shifted = Vector512.Load((ushort*)(plane + (quad % bits * WeightTileFormat.QuadBytes))) >>> (quad / bits * bits);
        return shifted.AsByte() & Vector512.Create((byte)((1 << bits) - 1));
    }

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
