using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>An engine on a tiny network, and plain arrays out of it.</summary>
internal sealed class EngineRunner : IDisposable
{
    private readonly CpuDevice _device;
    private readonly StoredWeights _weights;
    private readonly InferenceBatch _batch = new();

    public EngineRunner(LanguageNetwork network, EngineOptions? options = null, int threads = 2)
        : this((LlamaConfig)network.Config, new NetworkWeights(network), options, threads)
    {
    }

    public EngineRunner(LlamaConfig config, StoredWeights weights, EngineOptions? options = null, int threads = 2)
    {
        (_device, _weights) = (new CpuDevice(threads), weights);
        Engine = new LlamaEngine(config, weights, _device, options);
    }

    public LlamaEngine Engine { get; }

    /// <summary>The logits after each of these tokens.</summary>
    public float[][] Logits(EngineSequence sequence, params int[] ids)
    {
        _batch.Clear();
        _batch.Add(sequence, ids, BatchOutput.AllLogits);
        Engine.Run(_batch);
        return [.. Enumerable.Range(0, ids.Length).Select(row => _batch.Row(row).ToArray())];
    }

    /// <summary>The logits after each token of a new sequence.</summary>
    public float[][] Logits(params int[] ids)
    {
        using var sequence = Engine.CreateSequence();
        return Logits(sequence, ids);
    }

    public void Dispose()
    {
        _batch.Dispose();
        Engine.Dispose();
        _weights.Dispose();
        _device.Dispose();
    }

    /// <summary>What the network itself computes.</summary>
    public static float[][] Reference(LanguageNetwork network, params int[] ids)
    {
        using var forwarder = new Forwarder();
        return forwarder.Logits(network, ids);
    }

    public static double Largest(float[][] a, float[][] b) => a.Zip(b, (x, y) => Forwarder.Largest(x, y)).Max();
}
