using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>Runs ids through a network and hands back plain arrays.</summary>
internal sealed class Forwarder : IDisposable
{
    private readonly CpuDevice _device;
    private readonly Arena _arena = new();
    private readonly Tape _tape;

    public Forwarder(int threads = 1)
    {
        _device = new CpuDevice(threads);
        _tape = new Tape(_device, _arena);
    }

    /// <summary>Logits of every position, row by row.</summary>
    public float[][] Logits(LanguageNetwork network, int[] ids, int batch = 1, int[]? documents = null, int[]? positions = null, KvCache? cache = null)
    {
        _tape.Reset();
        positions ??= [.. Enumerable.Range(0, ids.Length).Select(i => (i % (ids.Length / batch)) + (cache?.Length ?? 0))];
        var input = new ForwardInput(Whole(ids), Whole(positions), batch) { Documents = documents is null ? null : Whole(documents), Cache = cache };
        var logits = network.Logits(_tape, network.Forward(_tape, input));
        return [.. logits.Span<float>().ToArray().Chunk(network.Config.VocabularySize)];
    }

    /// <summary>Sum over the labels that count of −ln p.</summary>
    public double SumLoss(LanguageNetwork network, TokenRows rows)
    {
        _tape.Reset();
        var documents = rows.Documents is null ? null : Whole(rows.Documents);
        var hidden = network.Forward(_tape, new ForwardInput(Whole(rows.Ids), Whole(rows.Positions), rows.Count) { Documents = documents });
        return network.Loss(_tape, hidden, Whole(rows.Labels)).Loss.Span<float>()[0] * (double)rows.LabelCount;
    }

    public void Dispose()
    {
        _arena.Dispose();
        _device.Dispose();
    }

    public static double Largest(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b, (x, y) => (double)Math.Abs(x - y)).Max();

    private static Tensor Whole(int[] values)
    {
        var tensor = new Tensor(DType.Int32, new Shape(values.Length));
        values.CopyTo(tensor.Span<int>());
        return tensor;
    }
}
