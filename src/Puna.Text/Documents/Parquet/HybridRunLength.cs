namespace Puna.Text;

/// <summary>
/// Small numbers as runs of equal ones or packed by bits: definition levels and indices into a dictionary, read one after the other, since a run of a
/// billion takes a few bytes. Source: Apache Parquet, Encodings.md, «Run Length Encoding / Bit-Packing Hybrid».
/// </summary>
internal struct HybridRunLength
{
    private readonly ReadOnlyMemory<byte> _source;
    private readonly int _bits;
    private int _from, _value;
    private long _run, _packed, _bit;

    /// <summary>The numbers of some bytes.</summary>
    /// <exception cref="InvalidDataException">No such width.</exception>
    public HybridRunLength(ReadOnlyMemory<byte> source, int bits)
    {
        if (bits is < 0 or > 31) throw new InvalidDataException($"numbers of {bits} bits");
        (_source, _bits) = (source, bits);
    }

    /// <summary>Fills <paramref name="target"/> with the numbers.</summary>
    /// <exception cref="InvalidDataException">The bytes end before, or a number does not fit.</exception>
    public static void Decode(ReadOnlyMemory<byte> source, int bits, Span<int> target)
    {
        var numbers = new HybridRunLength(source, bits);
        foreach (ref var number in target) number = numbers.Next();
    }

    /// <summary>The next number.</summary>
    /// <exception cref="InvalidDataException">The bytes end before it.</exception>
    public int Next()
    {
        if (_run == 0 && _packed == 0) ReadRun();
        if (_run > 0)
        {
            _run--;
            return _value;
        }
        _packed--;
        return Unpacked();
    }

    private void ReadRun()
    {
        var source = _source.Span;
        var head = ReadHead(source);
        if (head >> 1 == 0) throw new InvalidDataException("a run of no numbers");
        if ((head & 1) == 0)
        {
            var bytes = (_bits + 7) / 8;
            if (bytes > source.Length - _from) throw Ended();
            _value = 0;
            for (var i = 0; i < bytes; i++) _value |= source[_from++] << (8 * i);
            _run = head >> 1;
            return;
        }
        // groups of eight; the last may hold more than is wanted, and its bytes may be cut off
        _packed = (long)(head >> 1) * 8;
        _bit = (long)_from * 8;
        _from = (int)Math.Min(source.Length, _from + ((long)(head >> 1) * _bits));
    }

    private int Unpacked()
    {
        var source = _source.Span;
        if (_bit + _bits > (long)source.Length * 8) throw Ended();
        var value = 0L;
        for (var (at, shift) = ((int)(_bit >> 3), -(int)(_bit & 7)); shift < _bits; at++, shift += 8)
            value |= shift < 0 ? (long)source[at] >> -shift : (long)source[at] << shift;
        _bit += _bits;
        return (int)(value & ((1L << _bits) - 1));
    }

    private uint ReadHead(ReadOnlySpan<byte> source)
    {
        var value = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (_from >= source.Length) throw Ended();
            var part = source[_from++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("a run's length has more than five bytes");
    }

    private static InvalidDataException Ended() => new("a run goes beyond its page");
}
