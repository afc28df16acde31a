using System.Buffers.Binary;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>GGUF files, with a tokenizer of each kind that is written, a chat template, and blocks of several types.</summary>
internal sealed class GgufTarget : IFuzzTarget
{
    private const string FileName = "fuzz.gguf";
    private readonly (byte[] Bytes, List<Field> Fields)[] _seeds;

    public GgufTarget()
    {
        var (characters, pieces, bytes) = (SmallModels.Characters(), SmallModels.Pieces(byteFallback: false), SmallModels.Bytes());
        _seeds =
        [
            Seed(characters, "Q8_0", ChatTemplates.Llama2, null),
            Seed(pieces, "F16", ChatTemplates.ByName("chatml"), new LinearRopeScaling(2)),
            Seed(bytes, "Q4_0", null, new Llama3RopeScaling(8, 1, 4, 16)),
            Seed(null, "Q5_1", null, new YarnRopeScaling(4, 16)),
            WithWordPieces(),
        ];
    }

    public string Name => "gguf";

    public int Multiple => 64;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = random.Of(_seeds);
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var path = folder.Write(FileName, bytes);
        using (var file = new GgufFile(path))
        {
            foreach (var tensor in file.Tensors.Where(tensor => tensor.Rows > 0 && tensor.Type.Format is not null))
            {
                var row = new float[tensor.Columns];
                file.ReadRow(tensor, 0, row);
                file.ReadRow(tensor, tensor.Rows - 1, row);
            }
            foreach (var key in file.Metadata.Keys) file.Metadata.TypeOf(key);
        }
        SmallModels.Use(ModelPath.Load(path, requireTokenizer: false));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => bytes.Length >= 24 && bytes.AsSpan(0, 4).SequenceEqual("GGUF"u8) && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) is 2 or 3
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) <= (ulong)bytes.Length / 24 && BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) <= (ulong)bytes.Length / 13;

    /// <summary>A vocabulary of the kind bert, arrays in arrays, a value of every type.</summary>
    private static (byte[] Bytes, List<Field> Fields) WithWordPieces()
    {
        using var pool = new WorkerPool(1);
        string[] tokens = ["[PAD]", "[UNK]", "\u2581the", "\u2581cat", "s", "\u2581h", "e", "l", "o", "\u25811", "2"];
        var network = SmallModels.Llama(tokens.Length, tied: true);
        using var weights = new NetworkWeights(network);
        var first = SmallModels.Written(folder => GgufModel.Save(Path.Combine(folder, FileName), new LanguageModel(network, null, null), GgufMix.ByName("F32"), pool))[FileName];
        var bytes = SmallModels.Written(folder =>
        {
            var path = Path.Combine(folder, FileName);
            File.WriteAllBytes(path, first);
            List<KeyValuePair<string, object>> pairs = [];
            using (var file = new GgufFile(path)) pairs.AddRange(file.Metadata.Keys.Where(key => !key.StartsWith("tokenizer.", StringComparison.Ordinal)).Select(key => new KeyValuePair<string, object>(key, file.Metadata.Find(key)!)));
            pairs.AddRange([new("tokenizer.ggml.model", "bert"), new("tokenizer.ggml.tokens", tokens), new("tokenizer.ggml.unknown_token_id", 1u), new("tokenizer.ggml.padding_token_id", 0u)]);
            pairs.AddRange([new("x.nested", new object[] { new object[] { new[] { 1, 2 }, new[] { 3 } }, new[] { "a" } }), new("x.flag", true), new("x.byte", (byte)1), new("x.double", 1.5), new("x.long", -1L), new("x.shorts", new short[] { 1, 2 })]);
            GgufWriter.Write(path, pairs, [.. GgufWeights.Sources(weights, network.Config, (_, _) => GgmlType.ByName("F32"))], pool);
        })[FileName];
        return (bytes, ByteMaps.OfGguf(bytes));
    }

    private static (byte[] Bytes, List<Field> Fields) Seed(Tokenizer? tokenizer, string mix, ChatTemplate? template, RopeScaling? scaling)
    {
        using var pool = new WorkerPool(1);
        var model = new LanguageModel(SmallModels.Llama(tokenizer?.VocabularySize ?? 20, tied: scaling is not null, scaling), tokenizer, template);
        var bytes = SmallModels.Written(folder => GgufModel.Save(Path.Combine(folder, FileName), model, GgufMix.ByName(mix), pool))[FileName];
        return (bytes, ByteMaps.OfGguf(bytes));
    }
}
