namespace Puna.Text;

/// <summary>
/// Small numbers as runs of equal ones or packed by bits: definition levels and indices into a dictionary. Source: Apache Parquet, Encodings.md,
/// «Run Length Encoding / Bit-Packing Hybrid».
/// </summary>
internal static class HybridRunLength
{
    /// <summary>Fills <paramref name="target"/> with the numbers.</summary>
    /// <exception cref="InvalidDataException">The bytes end before, or a number does not fit.</exception>
    public static void Decode(ReadOnlySpan<byte> source, int bits, Span<int> target)
    {
        if (bits is < 0 or > 31) throw new InvalidDataException($"numbers of {bits} bits");
        var (from, to) = (0, 0);
        while (to < target.Length)
        {
            var head = ReadHead(source, ref from);
            if ((head & 1) == 0)
            {
                var bytes = (bits + 7) / 8;
                if (bytes > source.Length - from) throw Ended();
                var value = 0;
                for (var i = 0; i < bytes; i++) value |= source[from++] << (8 * i);
                var run = (int)Math.Min(head >> 1, (uint)(target.Length - to));
                if (run == 0) throw new InvalidDataException("a run of no numbers");
                target.Slice(to, run).Fill(value);
                to += run;
                continue;
            }
            // groups of eight; the last may hold more than is wanted
            var wanted = (int)Math.Min((long)(head >> 1) * 8, target.Length - to);
            if (wanted == 0) throw new InvalidDataException("a run of no numbers");
            var packed = source[from..];
            if (packed.Length < (((long)wanted * bits) + 7) / 8) throw Ended();
            var mask = (1L << bits) - 1;
            for (var i = 0; i < wanted; i++)
            {
                var bit = (long)i * bits;
                var value = 0L;
                for (var (at, shift) = ((int)(bit >> 3), -(int)(bit & 7)); shift < bits; at++, shift += 8)
                    value |= shift < 0 ? (long)packed[at] >> -shift : (long)packed[at] << shift;
                target[to++] = (int)(value & mask);
            }
            from = (int)Math.Min(source.Length, from + ((long)(head >> 1) * bits));
        }
    }

    private static uint ReadHead(ReadOnlySpan<byte> source, ref int from)
    {
        var value = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (from >= source.Length) throw Ended();
            var part = source[from++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("a run's length has more than five bytes");
    }

    private static InvalidDataException Ended() => new("a run goes beyond its page");
}
