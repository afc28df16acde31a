using System.Security.Cryptography;
using Puna.Inference;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Saved caches: half of the damaged ones get a new checksum, so that what stands behind it is met too.</summary>
internal sealed class SequenceTarget : IFuzzTarget
{
    private const int HashBytes = 32, FirstId = 52;
    private static readonly NetworkEngine Engine = new(SmallModels.Llama(12), new CpuDevice(1));
    private readonly byte[][] _seeds;
    private readonly Field[] _fields;

    public SequenceTarget()
    {
        _seeds = [Saved([1, 5, 7, 3]), Saved([1, 2, 3, 4, 5, 6, 7, 8, 9]), Saved([4])];
        _fields = [new(40, 4), new(44, 8), new(FirstId, 4), new(0, 4), new(100, 4), new(120, 4), new(160, 4)];
    }

    public string Name => "sequence";

    public int Multiple => 16;

    public long Constant => 2 << 20; // a buffer of one, and the cache of the whole context

    public byte[] Make(CounterRandom random)
    {
        var bytes = BinaryMutator.Mutate(random, random.Of(_seeds), _fields, random.Of(_seeds));
        if (random.Next(2) == 0 && bytes.Length > HashBytes) SHA256.HashData(bytes.AsSpan(..^HashBytes)).CopyTo(bytes.AsSpan(^HashBytes..));
        return bytes;
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var (sequence, _) = SequenceFile.Load(folder.Write("sequence/kv", bytes), Engine);
        sequence.Dispose();
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !refusal.Contains("is no saved cache");

    private byte[] Saved(int[] tokens) => SmallModels.Written(folder =>
    {
        using var generator = new Generator(Engine);
        generator.Logits(tokens);
        generator.SaveCache(Path.Combine(folder, "kv"));
    })["kv"];
}
