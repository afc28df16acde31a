namespace Puna.Text;

/// <summary>What stands before each page of a column. Source: Apache Parquet, parquet.thrift (PageHeader).</summary>
internal sealed class ParquetPageHeader
{
    public const int Data = 0, Dictionary = 2, DataV2 = 3;

    public int Type { get; private set; } = -1;

    public int UncompressedSize { get; private set; }

    public int CompressedSize { get; private set; }

    public int ValueCount { get; private set; }

    public int NullCount { get; private set; }

    public int Encoding { get; private set; } = -1;

    public int DefinitionEncoding { get; private set; } = ParquetEncodings.Rle;

    public int DefinitionLength { get; private set; }

    public int RepetitionLength { get; private set; }

    public bool IsCompressed { get; private set; } = true;

    /// <summary>Reads a header at the start of the bytes; <paramref name="length"/> is how many it has.</summary>
    /// <exception cref="ThriftEndException">The bytes do not hold it whole.</exception>
    public static ParquetPageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var reader = new ThriftCompactReader(bytes);
        var header = new ParquetPageHeader();
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            switch (field)
            {
                case 1:
                    header.Type = reader.ReadSize();
                    break;
                case 2:
                    header.UncompressedSize = reader.ReadSize();
                    break;
                case 3:
                    header.CompressedSize = reader.ReadSize();
                    break;
                case 5 or 7:
                    header.ReadPage(ref reader);
                    break;
                case 8:
                    header.ReadPageV2(ref reader);
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }
        length = reader.Position;
        return header;
    }

    // DataPageHeader and DictionaryPageHeader begin alike: count, encoding; only the first has levels
    private void ReadPage(ref ThriftCompactReader reader)
    {
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            if (field == 1) ValueCount = reader.ReadSize();
            else if (field == 2) Encoding = reader.ReadSize();
            else if (field == 3 && kind == 5) DefinitionEncoding = reader.ReadSize();
            else reader.Skip(kind);
        }
    }

    private void ReadPageV2(ref ThriftCompactReader reader)
    {
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            if (field == 1) ValueCount = reader.ReadSize();
            else if (field == 2) NullCount = reader.ReadSize();
            else if (field == 4) Encoding = reader.ReadSize();
            else if (field == 5) DefinitionLength = reader.ReadSize();
            else if (field == 6) RepetitionLength = reader.ReadSize();
            else if (field == 7) IsCompressed = kind == ThriftCompactReader.True;
            else reader.Skip(kind);
        }
    }
}

/// <summary>Numbers and names of the encodings in parquet.thrift.</summary>
internal static class ParquetEncodings
{
    public const int Plain = 0, PlainDictionary = 2, Rle = 3, RleDictionary = 8;
    private static readonly string[] Names = ["PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"];

    public static string Name(int encoding) => encoding >= 0 && encoding < Names.Length ? Names[encoding] : $"number {encoding}";
}
