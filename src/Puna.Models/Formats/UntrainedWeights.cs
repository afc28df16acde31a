using Puna.Tensors;

namespace Puna.Models;

/// <summary>The weights of a Llama that nobody has trained, drawn when they are read: those of <see cref="Transformer.Initialize"/> with the same seed. For files of any size in no more memory than their largest tensor.</summary>
public sealed class UntrainedWeights : StoredWeights
{
    private readonly LlamaConfig _config;
    private readonly ulong _seed;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, ulong> _streams = [];

    /// <summary>The weights of a shape.</summary>
    public UntrainedWeights(LlamaConfig config, ulong seed)
    {
        (_config, _seed) = (config, seed);
        foreach (var (name, shape) in Architecture.Of(config).Required(config))
        {
            _tensors.Add(name, new StoredTensor(name, "F32", [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])], shape.Count * sizeof(float)));
            _streams.Add(name, (ulong)_tensors.Count);
        }
    }

    /// <inheritdoc/>
    public override string Path => "the untrained model";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        Find(name, destination.Shape);
        Transformer.InitializeTensor(_config, name, destination, _seed, _streams[name]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
