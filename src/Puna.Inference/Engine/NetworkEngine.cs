using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// Runs any network of this build in fp32 (or with bf16 products) with the operations that training uses, one sequence after the other: the reference
/// that faster engines are held to, and the engine of architectures that have none of their own.
/// </summary>
public sealed unsafe class NetworkEngine : InferenceEngine
{
    private readonly LanguageNetwork _network;
    private readonly Arena _arena = new();
    private readonly Tape _tape;
    private readonly bool _ownsNetwork;
    private readonly Lazy<string> _identity;
    private long _cacheBytes;
    private int[] _lengths = [];

    /// <summary>An engine for a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="contextLength">The most positions of a sequence; 0 for the model's own.</param>
    /// <param name="precision">Of matrix products.</param>
    /// <param name="ownsNetwork">Whether the weights are released with the engine.</param>
    /// <exception cref="InvalidDataException">More positions than the model has, or a cache that does not fit in memory.</exception>
    public NetworkEngine(LanguageNetwork network, Device device, int contextLength = 0, Precision precision = Precision.Float32, bool ownsNetwork = false)
    {
        ContextLength = Positions(network.Config, contextLength);
        (_network, _ownsNetwork) = (network, ownsNetwork);
        _tape = new Tape(device, _arena) { Precision = precision };
        _identity = new Lazy<string>(() => $"network, products in {precision}, {WeightSample.Identify(network)}");
    }

    /// <inheritdoc/>
    public override IModelConfig Config => _network.Config;

    /// <inheritdoc/>
    public override int ContextLength { get; }

    /// <inheritdoc/>
    public override EngineMemory Memory => new(0, WeightBytes(_network), _cacheBytes, _arena.CapacityBytes);

    /// <inheritdoc/>
    public override EngineSequence CreateSequence() => new Sequence(this, new KvCache(Config, ContextLength));

    /// <inheritdoc/>
    public override string CacheIdentity => _identity.Value;

    /// <inheritdoc/>
    public override long SavedBytes(int length) => KvCache.BytesFor(Config, length);

    /// <inheritdoc/>
    public override EngineSequence LoadSequence(Stream stream, int length)
    {
        var cache = new KvCache(Config, ContextLength);
        try
        {
            cache.Read(stream, length);
            return new Sequence(this, cache);
        }
        catch
        {
            cache.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Run(InferenceBatch batch)
    {
        RequireRoom(batch);
        if (_lengths.Length < batch.Count) _lengths = new int[batch.Count];
        for (var i = 0; i < batch.Count; i++) _lengths[i] = batch.Sequence(i).Length;
        try
        {
            Compute(batch);
        }
        catch
        {
            for (var i = 0; i < batch.Count; i++) batch.Sequence(i).Truncate(_lengths[i]);
            throw;
        }
    }

    private void Compute(InferenceBatch batch)
    {
        var columns = batch.WantsHidden ? Config.HiddenSize : VocabularySize;
        var to = batch.Outputs(columns);
        for (var i = 0; i < batch.Count; i++)
        {
            var output = batch.Output(i);
            var hidden = Forward(((Sequence)batch.Sequence(i)).Cache, batch.Tokens(i));
            if (output == BatchOutput.None) continue;
            if (output == BatchOutput.LastLogits) hidden = hidden.Rows(hidden.Shape.Rows - 1, 1);
            var rows = output == BatchOutput.Hidden ? hidden : _network.Logits(_tape, hidden);
            Buffer.MemoryCopy(rows.Data, to, rows.Bytes, rows.Bytes);
            var count = (int)rows.Shape.Rows;
            for (var row = 0; row < count; row++) FiniteOutput.Require(new ReadOnlySpan<float>(to + ((long)row * columns), columns), batch.Sequence(i).Length - count + row + 1, batch.WantsHidden);
            to += rows.Count;
        }
    }

    /// <inheritdoc/>
    public override bool TryProject(ReadOnlySpan<float> hidden, Span<float> logits)
    {
        _tape.Reset();
        var row = _arena.Allocate(DType.Float32, new Shape(1, Config.HiddenSize));
        hidden.CopyTo(row.Span<float>());
        _network.Logits(_tape, row).Span<float>().CopyTo(logits);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _arena.Dispose();
        if (!_ownsNetwork) return;
        foreach (var parameter in _network.Parameters) parameter.Tensor.Release();
    }

    /// <summary>The most positions of a sequence, where so many are asked for.</summary>
    /// <exception cref="InvalidDataException">More than the model has, or a cache that does not fit in memory.</exception>
    internal static int Positions(IModelConfig config, int contextLength)
    {
        var positions = RequirePositions(config, contextLength);
        ContextMemory.Require(positions, KvCache.BytesFor(config, 1), config.ParameterCount * sizeof(float), ProcessorLimits.TotalMemoryBytes);
        return positions;
    }

    private static long WeightBytes(LanguageNetwork network) => network.Parameters.Sum(parameter => parameter.Tensor.Bytes);

    private Tensor Forward(KvCache cache, ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        var shape = new Shape(ids.Length);
        var (tokens, positions) = (_arena.Allocate(DType.Int32, shape), _arena.Allocate(DType.Int32, shape));
        for (var i = 0; i < ids.Length; i++) (tokens.Span<int>()[i], positions.Span<int>()[i]) = (ids[i], cache.Length + i);
        return _network.Forward(_tape, new ForwardInput(tokens, positions, 1) { Cache = cache });
    }

    private sealed class Sequence : EngineSequence
    {
        private readonly NetworkEngine _engine;

        public Sequence(NetworkEngine engine, KvCache cache)
        {
            (_engine, Cache) = (engine, cache);
            engine._cacheBytes += cache.Bytes;
        }

        public KvCache Cache { get; }

        public override int Length => Cache.Length;

        public override void Truncate(int length) => Cache.Truncate(length);

        public override void Save(Stream stream) => Cache.Write(stream);

        public override EngineSequence Fork() => new Sequence(_engine, Cache.Copy());

        protected override void Dispose(bool disposing)
        {
            if (!disposing) return;
            _engine._cacheBytes -= Cache.Bytes;
            Cache.Release();
        }
    }
}
