namespace Puna.Text;

/// <summary>What a Parquet file says of its columns and row groups. Source: Apache Parquet, parquet.thrift (FileMetaData and what it holds).</summary>
internal sealed class ParquetMetadata
{
    public List<ParquetField> Fields { get; } = [];

    public List<List<ParquetChunk>> RowGroups { get; } = [];

    public long RowCount { get; private set; }

    public static ParquetMetadata Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftCompactReader(bytes);
        var result = new ParquetMetadata();
        for (var (field, type) = reader.NextField(0); type != 0; (field, type) = reader.NextField(field))
        {
            switch (field)
            {
                case 2:
                    for (var (count, i) = (reader.ReadList().Count, 0); i < count; i++) result.Fields.Add(ReadField(ref reader));
                    break;
                case 3:
                    result.RowCount = reader.ReadInteger();
                    break;
                case 4:
                    for (var (count, i) = (reader.ReadList().Count, 0); i < count; i++) result.RowGroups.Add(ReadRowGroup(ref reader));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return result;
    }

    /// <summary>The fields right below the root, with the number of fields below each.</summary>
    public IEnumerable<ParquetField> Columns()
    {
        for (var i = 1; i < Fields.Count; i += Width(i)) yield return Fields[i];
    }

    private int Width(int field)
    {
        var pending = 1;
        var at = field;
        for (; pending > 0 && at < Fields.Count; at++) pending += Fields[at].Children - 1;
        return at - field;
    }

    private static ParquetField ReadField(ref ThriftCompactReader reader)
    {
        var (type, repetition, children, name) = (-1, 0, 0, "");
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            switch (field)
            {
                case 1:
                    type = reader.ReadSize();
                    break;
                case 3:
                    repetition = reader.ReadSize();
                    break;
                case 4:
                    name = reader.ReadText();
                    break;
                case 5:
                    children = reader.ReadSize();
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }
        return new ParquetField(name, type, repetition, children);
    }

    private static List<ParquetChunk> ReadRowGroup(ref ThriftCompactReader reader)
    {
        var chunks = new List<ParquetChunk>();
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            if (field != 1)
            {
                reader.Skip(kind);
                continue;
            }
            for (var (count, i) = (reader.ReadList().Count, 0); i < count; i++) chunks.Add(ReadChunk(ref reader));
        }
        return chunks;
    }

    private static ParquetChunk ReadChunk(ref ThriftCompactReader reader)
    {
        var chunk = new ParquetChunk();
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            if (field == 3 && kind == ThriftCompactReader.Struct) ReadColumn(ref reader, chunk);
            else reader.Skip(kind);
        }
        return chunk;
    }

    private static void ReadColumn(ref ThriftCompactReader reader, ParquetChunk chunk)
    {
        for (var (field, kind) = reader.NextField(0); kind != 0; (field, kind) = reader.NextField(field))
        {
            switch (field)
            {
                case 3:
                    for (var (count, i) = (reader.ReadList().Count, 0); i < count; i++) chunk.Path.Add(reader.ReadText());
                    break;
                case 4:
                    chunk.Codec = reader.ReadSize();
                    break;
                case 5:
                    chunk.ValueCount = reader.ReadInteger();
                    break;
                case 7:
                    chunk.CompressedSize = reader.ReadInteger();
                    break;
                case 9:
                    chunk.DataOffset = reader.ReadInteger();
                    break;
                case 11:
                    chunk.DictionaryOffset = reader.ReadInteger();
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }
    }
}

/// <summary>A field of the schema. Type 6 is BYTE_ARRAY; repetition 0 required, 1 optional, 2 repeated.</summary>
internal sealed record ParquetField(string Name, int Type, int Repetition, int Children);

/// <summary>One column of one row group: where its pages lie.</summary>
internal sealed class ParquetChunk
{
    public List<string> Path { get; } = [];

    public int Codec { get; set; }

    public long ValueCount { get; set; }

    public long CompressedSize { get; set; }

    public long DataOffset { get; set; }

    public long DictionaryOffset { get; set; }

    /// <summary>Where the first page begins. Some writers leave a dictionary's place out or 0.</summary>
    public long Start => DictionaryOffset > 0 ? Math.Min(DictionaryOffset, DataOffset) : DataOffset;
}
