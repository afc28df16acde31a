namespace Puna.Tensors;

/// <summary>Puts the key and the value of one position and head into a page: <see cref="CacheLayout"/>.</summary>
internal static unsafe class CacheWriter<V>
    where V : unmanaged, ILanes<V, float>
{
    private const int Side = CacheLayout.Side;

    /// <summary>Writes both.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="part">The head's keys in the page; its values follow.</param>
    /// <param name="at">The position in the page.</param>
    /// <param name="key">[D].</param>
    /// <param name="value">[D].</param>
    /// <param name="scratch">Room for D numbers of 4 bytes, rounded up to 16.</param>
    public static void Write(CacheLayout layout, byte* part, int at, float* key, float* value, void* scratch)
    {
        var size = layout.HeadSize;
        var keys = part;
        var values = part + layout.PartBytes;
        var (side, lane) = (at / Side, at % Side);
        switch (layout.Type)
        {
            case CacheType.Float32:
                for (var d = 0; d < size; d++) ((float*)keys)[(((side * size) + d) * Side) + lane] = key[d];
                for (var d = 0; d < size; d++) ((float*)values)[(at * size) + d] = value[d];
                break;
            case CacheType.Int8:
                Bytes(layout, keys, key, (sbyte*)scratch, side * (size / layout.ScaleGroup) * Side, lane, Side);
                for (var d = 0; d < size; d++) ((sbyte*)keys)[(((side * size) + d) * Side) + lane] = ((sbyte*)scratch)[d];
                Bytes(layout, values, value, (sbyte*)scratch, 0, at, CacheLayout.PagePositions);
                for (var d = 0; d < size; d++) ((sbyte*)values)[(at * size) + d] = ((sbyte*)scratch)[d];
                break;
            default:
                Halves(layout.Type, key, size, (ushort*)scratch);
                for (var d = 0; d < size; d++) ((ushort*)keys)[(((side * size) + d) * Side) + lane] = ((ushort*)scratch)[d];
                Halves(layout.Type, value, size, (ushort*)scratch);
                new ReadOnlySpan<ushort>(scratch, size).CopyTo(new Span<ushort>((ushort*)values + (at * size), size));
                break;
        }
    }

    private static void Halves(CacheType type, float* x, int count, ushort* to)
    {
        var i = 0;
        for (; i + V.Count <= count; i += V.Count)
        {
            if (type == CacheType.Float16) V.StoreHalf(V.Load(x + i), to + i);
            else V.StoreBFloat16(V.Load(x + i), to + i);
        }
        for (; i < count; i++) to[i] = type == CacheType.Float16 ? BitConverter.HalfToUInt16Bits((Half)x[i]) : (ushort)FloatTiles.Rounded(x[i]);
    }

    /// <summary>Rounds to bytes and writes the scales behind the numbers.</summary>
    private static void Bytes(CacheLayout layout, byte* part, float* x, sbyte* to, int firstScale, int lane, int scaleStep)
    {
        var scales = (float*)(part + layout.ScaleOffset) + firstScale + lane;
        for (var g = 0; g < layout.HeadSize; g += layout.ScaleGroup, scales += scaleStep)
        {
            var largest = 0f;
            for (var d = g; d < g + layout.ScaleGroup; d++) largest = MathF.Max(largest, MathF.Abs(x[d]));
            var scale = largest / 127;
            var inverse = scale < 1e-37f ? 0 : 1 / scale;
            *scales = scale;
            for (var d = g; d < g + layout.ScaleGroup; d++) to[d] = (sbyte)MathF.Round(x[d] * inverse);
        }
    }
}
