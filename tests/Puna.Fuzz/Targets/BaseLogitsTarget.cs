using Puna.Evaluation;
using Puna.Inference;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Log-probabilities as llama-perplexity exchanges them.</summary>
internal sealed class BaseLogitsTarget : IFuzzTarget
{
    private const int IdWidth = 4, Head = 20;
    private static readonly string[] AtHead = ["at the head of", "does not begin with", "which no model and text give", "was not written to its end"];
    private readonly (byte[] Bytes, Field[] Fields)[] _seeds = [Make(4, 5, 3), Make(9, 8, 2), Make(3, 1, 4)];

    public string Name => "base-logits";

    public int Multiple => 16;

    public long Constant => 256 << 10;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = random.Of(_seeds);
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        using var reader = new BaseLogitsReader(folder.Write("base.kld", bytes));
        var header = reader.Header;
        var row = new BaseLogitsRow(header.VocabularySize);
        var logits = new float[header.VocabularySize];
        var statistics = new DivergenceStatistics(0);
        for (var i = 0; i < header.ChunkCount * header.RowsPerChunk; i++)
        {
            reader.Read(row);
            statistics.Add(logits, LogNormalizer.Of(logits), row, reader.Tokens[i]);
        }
        statistics.Figures();
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !AtHead.Any(refusal.Contains);

    // ids and scales are half of the fields, so that most damage lies behind the head
    private static (byte[] Bytes, Field[] Fields) Make(int size, int vocabulary, int count)
    {
        using var stream = new MemoryStream();
        var header = new BaseLogitsHeader(size, vocabulary, count);
        var writer = new BaseLogitsWriter(stream, header, [.. Enumerable.Range(0, size * count).Select(i => i % vocabulary)]);
        var rows = count * header.RowsPerChunk;
        for (var i = 0; i < rows; i++)
        {
            var logits = Enumerable.Range(i, vocabulary).Select(z => (float)z).ToArray();
            writer.Write(logits, LogNormalizer.Of(logits));
        }
        var (first, width) = (Head + (IdWidth * size * count), (int)BaseLogitsRow.BytesFor(vocabulary));
        return (stream.ToArray(),
        [
            new(8, IdWidth), new(12, IdWidth), new(16, IdWidth), .. Enumerable.Range(0, size * count).Select(i => new Field(Head + (IdWidth * i), IdWidth)),
            .. Enumerable.Range(0, rows).SelectMany(i => (Field[])[new(first + (i * width), 4), new(first + (i * width) + 4, 4), new(first + (i * width) + 8, 2)]),
        ]);
    }
}
