using System.Buffers.Binary;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Documents of a Parquet file: one flat column of text, a page at a time. Source: Apache Parquet, README.md («File format»). Read are the codecs
/// UNCOMPRESSED, SNAPPY, GZIP and BROTLI, data pages of both versions, plain values and dictionaries; anything else is refused by its name.
/// </summary>
internal static class ParquetDocuments
{
    private const int ByteArray = 6, Optional = 1, Repeated = 2, MaximumFooter = 1 << 28;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    public static IEnumerable<string> Read(Stream stream, string path, string column)
    {
        using var temporary = stream.CanSeek ? null : Unpack(stream, path);
        var file = temporary ?? stream;
        var metadata = ReadFooter(file, path);
        var field = Find(metadata, path, column);
        var row = 0L;
        foreach (var group in metadata.RowGroups)
        {
            var chunk = group.Find(chunk => chunk.Path.Count == 1 && chunk.Path[0] == column) ?? throw new InvalidDataException($"{path}: a row group lacks the column '{column}'");
            if (!ParquetCodec.IsSupported(chunk.Codec))
                throw new InvalidDataException($"{path}: the column '{column}' is compressed with {ParquetCodec.Name(chunk.Codec)}; UNCOMPRESSED, SNAPPY, GZIP and BROTLI are read (write the file anew with one of them)");
            using var values = new ParquetPages(file, chunk, field.Repetition == Optional).Values().GetEnumerator();
            while (Advance(values, path, column))
            {
                row++;
                if (values.Current is not { } bytes) continue;
                if (Text(bytes, path, row) is { } text) yield return text;
            }
        }
    }

    private static bool Advance(IEnumerator<ReadOnlyMemory<byte>?> values, string path, string column)
    {
        try
        {
            return values.MoveNext();
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: the column '{column}' cannot be read: {exception.Message}", exception);
        }
    }

    private static string? Text(ReadOnlyMemory<byte> bytes, string path, long row)
    {
        try
        {
            if (bytes.Length > DocumentOptions.MaximumCharacters) throw new InvalidDataException($"{path}: row {row} has {bytes.Length} bytes of text; a document has at most {DocumentOptions.MaximumCharacters}");
            return Utf8.GetString(bytes.Span).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"{path}: row {row} is not valid UTF-8 text");
        }
    }

    private static ParquetMetadata ReadFooter(Stream file, string path)
    {
        Span<byte> end = stackalloc byte[8];
        if (file.Length < 12) throw new InvalidDataException($"{path}: {file.Length} bytes are too few for a Parquet file");
        file.Position = file.Length - 8;
        file.ReadExactly(end);
        if (end[4..].SequenceEqual("PARE"u8)) throw new InvalidDataException($"{path}: the Parquet file is encrypted; give a plain one");
        if (!end[4..].SequenceEqual("PAR1"u8)) throw new InvalidDataException($"{path}: the file does not end as a Parquet file does (PAR1): it is another kind of file or was cut short");
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (length <= 0 || length > MaximumFooter || length > file.Length - 12) throw new InvalidDataException($"{path}: the Parquet footer says it has {length} bytes, which cannot be");
        var footer = new byte[length];
        file.Position = file.Length - 8 - length;
        file.ReadExactly(footer);
        try
        {
            return ParquetMetadata.Read(footer);
        }
        catch (Exception exception) when (exception is InvalidDataException or ThriftEndException)
        {
            throw new InvalidDataException($"{path}: the Parquet footer is damaged ({exception.Message})", exception);
        }
    }

    private static ParquetField Find(ParquetMetadata metadata, string path, string column)
    {
        var columns = metadata.Columns().ToArray();
        var field = Array.Find(columns, field => field.Name == column) ?? throw new InvalidDataException(
            $"{path}: there is no column '{column}'; the file has {string.Join(", ", columns.Take(20).Select(field => field.Name))}; name the column with column: in data.train");
        if (field.Children > 0 || field.Repetition == Repeated) throw new InvalidDataException($"{path}: the column '{column}' is nested or a list; a flat column of text is needed");
        if (field.Type != ByteArray) throw new InvalidDataException($"{path}: the column '{column}' holds no text (its type is {Type(field.Type)}, not BYTE_ARRAY); name the column of the text with column: in data.train");
        return field;
    }

    private static string Type(int type) => type is >= 0 and <= 7 ? ((string[])["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"])[type] : $"number {type}";

    /// <summary>Parquet is read from its end, so a compressed one is unpacked into a temporary file that vanishes when it is closed.</summary>
    private static FileStream Unpack(Stream stream, string path)
    {
        var file = new FileStream(Path.Combine(Path.GetTempPath(), $"puna-{Path.GetFileName(path)}-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            stream.CopyTo(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
