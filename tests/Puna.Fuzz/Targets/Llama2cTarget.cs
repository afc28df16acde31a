using Puna.Models;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>llama2.c's .bin of the versions 0, 1 and 2.</summary>
internal sealed class Llama2cTarget : IFuzzTarget
{
    private const string FileName = "fuzz.bin";
    private const int PaddedHead = 256;
    private static readonly string[] BehindHead = ["is cut short", "more than its", "by its head", "do not divide", "beyond any file", "hold", "scale", "tensor"];
    private readonly (byte[] Bytes, Field[] Fields)[] _seeds;

    public Llama2cTarget()
    {
        var (own, tied) = (SmallModels.Llama(12), SmallModels.Llama(12, tied: true));
        var (zero, two) = (Write(own, false), Write(own, true));
        // of version 1 there is a reader only; its head is that of version 2, and its numbers may all be zero
        var one = new byte[PaddedHead + (4 * tied.Config.ParameterCount)];
        Write(tied, true).AsSpan(0, PaddedHead).CopyTo(one);
        (one[4], one[37]) = (1, 0);
        var shared = Write(tied, false);
        _seeds = [(zero, Fields(zero, 0)), (shared, Fields(shared, 0)), (two, Fields(two, 2)), (one, Fields(one, 1))];
    }

    public string Name => "llama2c";

    public int Multiple => 16;

    public long Constant => 256 << 10;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = random.Of(_seeds);
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var path = folder.Write("llama2c/" + FileName, bytes);
        using (var weights = new Llama2cWeights(path)) SmallModels.Read(weights);
        ModelPath.Load(path, requireTokenizer: false);
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || BehindHead.Any(refusal.Contains);

    private static byte[] Write(Transformer network, bool quantized) => SmallModels.Written(folder =>
    {
        using var weights = new NetworkWeights(network);
        Llama2cWriter.Write(Path.Combine(folder, FileName), network.Config, weights, quantized);
    })[FileName];

    // the head, and as many numbers of the data
    private static Field[] Fields(byte[] file, int version)
    {
        var head = version == 0 ? Enumerable.Range(0, 7).Select(i => new Field(4 * i, 4)) : Enumerable.Range(0, 9).Select(i => new Field(4 * i, 4)).Append(new(36, 1)).Append(new(37, 4));
        return [.. head, .. Enumerable.Range(1, 12).Select(i => new Field((int)((long)(file.Length - 8) * i / 12), 4))];
    }
}
