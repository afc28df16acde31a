using System.Buffers.Binary;

namespace Puna.Text;

/// <summary>The values of one column chunk of byte arrays, a page in memory at a time, with the chunk's dictionary.</summary>
internal sealed class ParquetPages(Stream stream, ParquetChunk chunk, bool isOptional)
{
    private const int MaximumPage = 1 << 28, MaximumValues = 1 << 24;
    private byte[] _header = new byte[1 << 12];
    private byte[] _compressed = [], _page = [];
    private ReadOnlyMemory<byte>[] _dictionary = [];

    /// <summary>The values in order, null where a row has none. A span of bytes is good until the next.</summary>
    /// <exception cref="InvalidDataException">A page is damaged or encoded in a way that is not read; the sentence does not name the file.</exception>
    public IEnumerable<ReadOnlyMemory<byte>?> Values()
    {
        var (at, end, left) = (chunk.Start, chunk.Start + chunk.CompressedSize, chunk.ValueCount);
        if (chunk.Start < 4 || chunk.CompressedSize < 0 || end > stream.Length) throw new InvalidDataException("a column goes beyond the end of the file");
        while (left > 0)
        {
            if (at >= end) throw new InvalidDataException("a column ends before its last value");
            var header = ReadHeader(at, end, out var length);
            at += length;
            if (header.CompressedSize > end - at) throw new InvalidDataException("a page goes beyond the end of its column");
            if (header.UncompressedSize > MaximumPage) throw new InvalidDataException($"a page of {header.UncompressedSize} bytes is larger than the {MaximumPage} that are read");
            if (header.ValueCount > MaximumValues) throw new InvalidDataException($"a page of {header.ValueCount} values; at most {MaximumValues} are read");
            if (_compressed.Length < header.CompressedSize) _compressed = new byte[header.CompressedSize];
            Read(at, _compressed.AsSpan(0, header.CompressedSize));
            at += header.CompressedSize;
            if (header.Type == ParquetPageHeader.Dictionary) ReadDictionary(header);
            if (header.Type is not (ParquetPageHeader.Data or ParquetPageHeader.DataV2)) continue;
            left -= header.ValueCount;
            if (left < 0 || header.ValueCount == 0) throw new InvalidDataException("a page has another count of values than its column");
            foreach (var value in header.Type == ParquetPageHeader.Data ? DataPage(header) : DataPageV2(header)) yield return value;
        }
    }

    private ParquetPageHeader ReadHeader(long at, long end, out int length)
    {
        while (true)
        {
            var count = (int)Math.Min(_header.Length, end - at);
            Read(at, _header.AsSpan(0, count));
            try
            {
                return ParquetPageHeader.Read(_header.AsSpan(0, count), out length);
            }
            catch (ThriftEndException)
            {
                if (count < _header.Length || count > 1 << 26) throw new InvalidDataException("the header of a page is damaged");
                Array.Resize(ref _header, count * 4); // statistics may hold whole values
            }
        }
    }

    private void Read(long at, Span<byte> target)
    {
        stream.Position = at;
        stream.ReadExactly(target);
    }

    private void ReadDictionary(ParquetPageHeader header)
    {
        if (header.Encoding is not (ParquetEncodings.Plain or ParquetEncodings.PlainDictionary)) throw NotRead("a dictionary", header.Encoding);
        ReadOnlyMemory<byte> page = Decompress(_compressed.AsSpan(0, header.CompressedSize), header.UncompressedSize).ToArray();
        _dictionary = new ReadOnlyMemory<byte>[header.ValueCount <= page.Length / 4 ? header.ValueCount : throw new InvalidDataException("a dictionary is shorter than its count")];
        var from = 0;
        for (var i = 0; i < _dictionary.Length; i++) _dictionary[i] = Next(page, ref from);
    }

    private IEnumerable<ReadOnlyMemory<byte>?> DataPage(ParquetPageHeader header)
    {
        var page = Decompress(_compressed.AsSpan(0, header.CompressedSize), header.UncompressedSize);
        ReadOnlyMemory<byte> levels = default;
        var from = 0;
        if (isOptional)
        {
            if (header.DefinitionEncoding != ParquetEncodings.Rle) throw NotRead("definition levels", header.DefinitionEncoding);
            if (page.Length < 4) throw new InvalidDataException("a page is too short for its levels");
            var length = BinaryPrimitives.ReadInt32LittleEndian(page.Span);
            if (length < 0 || length > page.Length - 4) throw new InvalidDataException("a page is too short for its levels");
            levels = page.Slice(4, length);
            from = 4 + length;
        }
        return Decode(header, levels, page[from..]);
    }

    private IEnumerable<ReadOnlyMemory<byte>?> DataPageV2(ParquetPageHeader header)
    {
        // levels come first and are never compressed
        var levels = (long)header.RepetitionLength + header.DefinitionLength;
        if (levels > header.CompressedSize || levels > header.UncompressedSize) throw new InvalidDataException("a page is too short for its levels");
        var stored = _compressed.AsMemory(0, header.CompressedSize);
        var values = stored[(int)levels..];
        var size = header.UncompressedSize - (int)levels;
        return Decode(header, stored.Slice(header.RepetitionLength, header.DefinitionLength), header.IsCompressed && size > 0 ? Decompress(values.Span, size) : values);
    }

    private ReadOnlyMemory<byte> Decompress(ReadOnlySpan<byte> source, int size)
    {
        ParquetCodec.Decompress(chunk.Codec, source, ref _page, size);
        return _page.AsMemory(0, size);
    }

    private IEnumerable<ReadOnlyMemory<byte>?> Decode(ParquetPageHeader header, ReadOnlyMemory<byte> definitions, ReadOnlyMemory<byte> page)
    {
        var (levels, indices) = (new HybridRunLength(definitions, 1), default(HybridRunLength));
        var hasDictionary = header.Encoding is ParquetEncodings.PlainDictionary or ParquetEncodings.RleDictionary;
        if (!hasDictionary && header.Encoding != ParquetEncodings.Plain) throw NotRead("a page", header.Encoding);
        if (hasDictionary && page.Length > 0) indices = new HybridRunLength(page[1..], page.Span[0]);
        var from = 0;
        for (var i = 0; i < header.ValueCount; i++)
        {
            if (isOptional && levels.Next() == 0) yield return null;
            else if (!hasDictionary) yield return Next(page, ref from);
            else
            {
                if (page.Length == 0) throw new InvalidDataException("a page of a dictionary's indices is empty");
                var entry = indices.Next();
                if (entry >= _dictionary.Length) throw new InvalidDataException($"an index is {entry}, but the dictionary has {_dictionary.Length} values");
                yield return _dictionary[entry];
            }
        }
    }

    private static ReadOnlyMemory<byte> Next(ReadOnlyMemory<byte> page, ref int from)
    {
        if (page.Length - from < 4) throw new InvalidDataException("a page ends before its last value");
        var length = BinaryPrimitives.ReadInt32LittleEndian(page.Span[from..]);
        if (length < 0 || length > page.Length - from - 4) throw new InvalidDataException("a value goes beyond its page");
        from += 4 + length;
        return page.Slice(from - length, length);
    }

    private static InvalidDataException NotRead(string what, int encoding) =>
        new($"{what} is encoded as {ParquetEncodings.Name(encoding)}; PLAIN, PLAIN_DICTIONARY and RLE_DICTIONARY are read (write the file with the plain or the dictionary encoding)");
}
