namespace Puna.Text;

/// <summary>Decompresses raw Snappy blocks. Source: google/snappy, format_description.txt.</summary>
internal static class SnappyDecoder
{
    /// <summary>How many bytes one byte can become at most: three say «64 of those before» (21.3 each); a bit more for short blocks.</summary>
    public const int MostExpansion = 32;

    /// <summary>Decompresses a block of known length.</summary>
    /// <exception cref="InvalidDataException">The block is damaged or of another length.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var (from, to) = (0, 0);
        if (ReadLength(source, ref from) != (uint)target.Length) throw Damaged();
        while (from < source.Length)
        {
            var tag = source[from++];
            if ((tag & 3) == 0)
            {
                var length = (tag >> 2) + 1;
                if (length > 60) length = ReadLittleEndian(source, ref from, length - 60) + 1;
                if (length <= 0 || length > source.Length - from || length > target.Length - to) throw Damaged();
                source.Slice(from, length).CopyTo(target[to..]);
                (from, to) = (from + length, to + length);
                continue;
            }
            var (count, offset) = (tag & 3) switch
            {
                1 => (((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | ReadLittleEndian(source, ref from, 1)),
                2 => ((tag >> 2) + 1, ReadLittleEndian(source, ref from, 2)),
                _ => ((tag >> 2) + 1, ReadLittleEndian(source, ref from, 4)),
            };
            if (offset <= 0 || offset > to || count > target.Length - to) throw Damaged();
            if (offset >= count) target.Slice(to - offset, count).CopyTo(target[to..]);
            else for (var i = 0; i < count; i++) target[to + i] = target[to - offset + i]; // overlapping: what was just written repeats
            to += count;
        }
        if (to != target.Length) throw Damaged();
    }

    private static uint ReadLength(ReadOnlySpan<byte> source, ref int from)
    {
        var value = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (from >= source.Length) throw Damaged();
            var part = source[from++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Damaged();
    }

    private static int ReadLittleEndian(ReadOnlySpan<byte> source, ref int from, int bytes)
    {
        if (bytes > source.Length - from) throw Damaged();
        var value = 0;
        for (var i = 0; i < bytes; i++) value |= source[from++] << (8 * i);
        return value;
    }

    private static InvalidDataException Damaged() => new("the Snappy data are damaged");
}
