using Puna.Models;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Importances of columns: GGUF files of that kind and llama.cpp's older ones.</summary>
internal sealed class ImatrixTarget : IFuzzTarget
{
    private const string FileName = "imatrix.gguf";
    private static readonly string[] AtHead = ["0 entries", "does not begin with", "less than the 24", "is of version", "is big-endian", "the number of"];
    private readonly (byte[] Bytes, List<Field> Fields)[] _seeds;

    public ImatrixTarget()
    {
        using var pool = new WorkerPool(1);
        var matrix = new ImportanceMatrix { Texts = ["a.txt"], ChunkCount = 3, ChunkSize = 8 };
        for (var layer = 0; layer < 2; layer++)
            foreach (var part in (string[])["attn_q", "ffn_down"]) matrix.Add($"blk.{layer}.{part}.weight", [1, 2, 3, 4], 24);
        var bytes = SmallModels.Written(folder => matrix.Save(Path.Combine(folder, FileName), pool))[FileName];
        _seeds = [(bytes, ByteMaps.OfGguf(bytes)), Old(3), Old(1)];
    }

    public string Name => "imatrix";

    public int Multiple => 64;

    public long Constant => 256 << 10;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = random.Of(_seeds);
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        // a file with this ending is one of GGUF, whatever it begins with
        var isGguf = bytes.AsSpan().StartsWith("GGUF"u8);
        var matrix = ImportanceMatrix.Load(folder.Write(isGguf ? FileName : "imatrix.dat", bytes));
        foreach (var name in matrix.Names) matrix.Of(name, 4);
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !AtHead.Any(refusal.Contains);

    private static (byte[] Bytes, List<Field> Fields) Old(int entries)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var fields = new List<Field>();
        void Number(int value)
        {
            fields.Add(new((int)stream.Position, 4));
            writer.Write(value);
        }
        void Text(string text)
        {
            Number(text.Length);
            writer.Write(text.Select(c => (byte)c).ToArray());
        }
        Number(entries);
        for (var i = 0; i < entries; i++)
        {
            Text($"blk.{i}.attn_q.weight");
            Number(5);
            Number(4);
            for (var column = 0; column < 4; column++)
            {
                fields.Add(new((int)stream.Position, 4));
                writer.Write(column + 0.5f);
            }
        }
        Number(5);
        Text("text.txt");
        return (stream.ToArray(), fields);
    }
}
