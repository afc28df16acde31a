using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// Runs a Llama on its weights in the number format of their file: mapped blocks, or a copy of them with 16 rows side by side. Keys and values lie in pages that
/// sequences share. The same formulas as <see cref="Transformer"/>, which it is tested against, in five passes over the threads a layer; nothing is
/// allocated for a token.
/// </summary>
public sealed unsafe class LlamaEngine : InferenceEngine
{
    private const int MostTokens = 512; // of one pass through the layers
    private readonly LlamaConfig _config;
    private readonly InferenceKernels _kernels;
    private readonly LlamaWeights _weights;
    private readonly LlamaBuffers _buffers;
    private readonly PagedCache _cache;
    private readonly RopeTable _rope;
    private readonly IDisposable? _owned;
    private readonly Lazy<string> _identity;
    private readonly int[] _ids = new int[MostTokens];
    private readonly int[] _outputRows = new int[MostTokens]; // the row of the outputs that a token's belong to; -1 for none
    private AttentionRun[] _runs = new AttentionRun[16];
    private bool _isDisposed;

    /// <summary>An engine for weights.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">Open as long as the engine; not disposed with it.</param>
    /// <param name="device">Where to compute; open as long as the engine.</param>
    /// <param name="options">The set-up.</param>
    /// <param name="owned">What is closed with the engine: where the weights lie; null for nothing.</param>
    /// <exception cref="InvalidDataException">Weights are missing or cannot be read, or the context is longer than the model's or fits in no memory; the message has the numbers.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the copy.</exception>
    public LlamaEngine(LlamaConfig config, StoredWeights weights, Device device, EngineOptions? options = null, IDisposable? owned = null)
    {
        options ??= new EngineOptions();
        (_config, _owned) = (config, owned);
        ContextLength = RequirePositions(config, options.ContextLength);
        _weights = new LlamaWeights(config, weights);
        var layout = new CacheLayout(options.CacheType ?? (_weights.IsSingle ? CacheType.Float32 : CacheType.Float16), config.LayerCount, config.KeyValueHeadCount, config.HeadSize);
        var room = ProcessorLimits.TotalMemoryBytes - weights.Tensors.Values.Sum(tensor => tensor.Bytes);
        if (options.ContextLength > 0) ContextMemory.Require(ContextLength, layout.PageBytes / CacheLayout.PagePositions, ProcessorLimits.TotalMemoryBytes - room, ProcessorLimits.TotalMemoryBytes);
        _kernels = device.CreateInferenceKernels();
        try
        {
            _weights.Prepare(_kernels, weights, options.Repack == RepackMode.Auto);
        }
        catch
        {
            _kernels.Dispose();
            _weights.Dispose();
            throw;
        }
        _cache = new PagedCache(layout, options.CacheBytes > 0 ? options.CacheBytes : Math.Max(layout.PageBytes, room));
        _buffers = new LlamaBuffers(config);
        _rope = new RopeTable(config, DType.Float32);
        _identity = new Lazy<string>(() => $"llama, cache 2 {layout.Type}, {_weights.Identify(config)}");
    }

    /// <inheritdoc/>
    public override IModelConfig Config => _config;

    /// <inheritdoc/>
    public override int ContextLength { get; }

    /// <inheritdoc/>
    public override int BatchSize => MostTokens;

    /// <inheritdoc/>
    public override bool IsBatchInvariant => !OwnFrequencies(ContextLength);

    /// <inheritdoc/>
    public override CacheType CacheType => _cache.Layout.Type;

    /// <inheritdoc/>
    public override EngineMemory Memory => new(_weights.MappedBytes, _weights.CopiedBytes, _cache.Bytes, _buffers.Bytes + _kernels.ScratchBytes);

    /// <inheritdoc/>
    public override EngineSequence CreateSequence()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new LlamaSequence(_cache);
    }

    /// <inheritdoc/>
    public override void Run(InferenceBatch batch)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        RequireRoom(batch);
        try
        {
            Reserve(batch);
            Compute(batch);
        }
        catch
        {
            for (var i = 0; i < batch.Count; i++) ((LlamaSequence)batch.Sequence(i)).Trim(); // what was reserved and not filled is nobody's
            throw;
        }
        for (var i = 0; i < batch.Count; i++) ((LlamaSequence)batch.Sequence(i)).Advance(batch.Tokens(i).Length);
        GC.KeepAlive(this); // its memory is used by address alone
    }

    private void Compute(InferenceBatch batch)
    {
        var outputs = batch.Outputs(batch.WantsHidden ? _config.HiddenSize : VocabularySize);
        // several runs of tokens a pass, as many as fit; a run that does not fit goes on in the next
        var (entry, from, row) = (0, 0, 0);
        while (entry < batch.Count)
        {
            var (tokens, runs) = (0, 0);
            while (entry < batch.Count && tokens < MostTokens)
            {
                var ids = batch.Tokens(entry);
                var (sequence, output) = ((LlamaSequence)batch.Sequence(entry), batch.Output(entry));
                if (OwnFrequencies(sequence.Length + ids.Length) && runs > 0) break;
                var count = Math.Min(MostTokens - tokens, ids.Length - from);
                _rope.Ensure(sequence.Length + ids.Length);
                if (runs == _runs.Length) Array.Resize(ref _runs, 2 * runs);
                _runs[runs++] = new AttentionRun(tokens, count, sequence.Length + from, sequence.Table);
                for (var i = 0; i < count; i++, tokens++)
                {
                    _ids[tokens] = RequireId(ids[from + i]);
                    var isWanted = output is BatchOutput.AllLogits or BatchOutput.Hidden || (output == BatchOutput.LastLogits && from + i == ids.Length - 1);
                    _outputRows[tokens] = isWanted ? row++ : -1;
                }
                from += count;
                if (from < ids.Length) break;
                (entry, from) = (entry + 1, 0);
                if (OwnFrequencies(sequence.Length + ids.Length)) break;
            }
            Forward(tokens, _runs.AsSpan(0, runs));
            Write(tokens, batch.WantsHidden, outputs);
        }
        Check(batch);
    }

    private static void Check(InferenceBatch batch)
    {
        var row = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var (tokens, rows) = (batch.Tokens(i).Length, batch.Output(i) switch { BatchOutput.None => 0, BatchOutput.LastLogits => 1, _ => batch.Tokens(i).Length });
            for (var r = 0; r < rows; r++, row++) FiniteOutput.Require(batch.Row(row), batch.Sequence(i).Length + tokens - rows + r + 1, batch.WantsHidden);
        }
    }

    /// <inheritdoc/>
    public override string? CacheIdentity => _identity.Value;

    /// <inheritdoc/>
    public override long SavedBytes(int length) => _cache.Layout.Bytes(length);

    /// <inheritdoc/>
    public override EngineSequence LoadSequence(Stream stream, int length)
    {
        var sequence = (LlamaSequence)CreateSequence();
        try
        {
            sequence.Load(stream, length);
            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool TryProject(ReadOnlySpan<float> hidden, Span<float> logits)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _buffers.Ensure(1);
        hidden.CopyTo(new Span<float>(_buffers.Normalized, _config.HiddenSize));
        Project(_buffers.Normalized, logits);
        GC.KeepAlive(this);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed) return;
        _isDisposed = true;
        _cache.Dispose();
        _buffers.Dispose();
        _kernels.Dispose();
        _weights.Dispose();
        _owned?.Dispose();
    }

    /// <summary>Whether the rotary frequencies of such a sequence are its own.</summary>
    private bool OwnFrequencies(int length) => length > (_config.RopeScaling?.FixedLength ?? int.MaxValue);

    private int RequireId(int id) => (uint)id < (uint)VocabularySize ? id : throw new InvalidDataException($"token {id} is none of this model's {VocabularySize}");

    private void Reserve(InferenceBatch batch)
    {
        var missing = 0L;
        for (var i = 0; i < batch.Count; i++) missing += ((LlamaSequence)batch.Sequence(i)).Missing(batch.Tokens(i).Length);
        if (missing > _cache.Available) throw new InsufficientMemoryException($"the cache has {_cache.Available} free pages of {CacheLayout.PagePositions} positions, and the batch needs {missing}");
        for (var i = 0; i < batch.Count; i++) ((LlamaSequence)batch.Sequence(i)).Reserve(batch.Tokens(i).Length);
    }

    private void Forward(int tokens, ReadOnlySpan<AttentionRun> runs)
    {
        _buffers.Ensure(tokens);
        var (b, epsilon) = (_buffers, (float)_config.RmsNormEpsilon);
        var c = _config.HiddenSize;
        _kernels.Embed(_weights.Embeddings, _ids.AsSpan(0, tokens), b.X, b.Hidden);
        var isFirst = true;
        for (var i = 0; i < _weights.Layers.Length; i++)
        {
            var layer = _weights.Layers[i];
            _kernels.AddRmsNorm(b.X, isFirst ? null : b.Branch, layer.AttentionNorm.Pointer<float>(), b.Normalized, tokens, c, b.Hidden, epsilon);
            isFirst = false;
            _kernels.Multiply(b.Normalized, b.Hidden, tokens, new BlockProduct(layer.Query, b.Q, b.Queries), new BlockProduct(layer.Key, b.K, b.Keys), new BlockProduct(layer.Value, b.V, b.Keys));
            _kernels.Attend(new AttentionStep
            {
                Queries = b.Q,
                Keys = b.K,
                Values = b.V,
                Output = b.Attended,
                QueryStride = b.Queries,
                KeyStride = b.Keys,
                HeadCount = _config.HeadCount,
                Layer = i,
                Layout = _cache.Layout,
                Cosine = _rope.Cosine.Pointer<float>(),
                Sine = _rope.Sine.Pointer<float>(),
                Runs = runs,
            });
            _kernels.Multiply(b.Attended, b.Queries, tokens, new BlockProduct(layer.Output, b.Branch, b.Hidden));
            _kernels.AddRmsNorm(b.X, b.Branch, layer.FeedForwardNorm.Pointer<float>(), b.Normalized, tokens, c, b.Hidden, epsilon);
            _kernels.Multiply(b.Normalized, b.Hidden, tokens, new BlockProduct(layer.Gate, b.Gate, b.Inner), new BlockProduct(layer.Up, b.Up, b.Inner));
            _kernels.SwiGlu(b.Gate, b.Up, tokens, _config.IntermediateSize, b.Inner);
            _kernels.Multiply(b.Gate, b.Inner, tokens, new BlockProduct(layer.Down, b.Branch, b.Hidden));
        }
    }

    /// <summary>The rows that are wanted: normalised, and multiplied with the output matrix unless hidden states are wanted.</summary>
    private void Write(int tokens, bool wantsHidden, float* outputs)
    {
        var b = _buffers;
        var (wanted, first) = (0, 0);
        for (var t = 0; t < tokens; t++)
        {
            if (_outputRows[t] < 0) continue;
            if (wanted++ == 0) first = _outputRows[t];
            // rows are moved together at the front; never onto one that is still to be read
            if (wanted - 1 == t) continue;
            Buffer.MemoryCopy(b.X + ((long)t * b.Hidden), b.X + ((wanted - 1L) * b.Hidden), b.Hidden * sizeof(float), b.Hidden * sizeof(float));
            Buffer.MemoryCopy(b.Branch + ((long)t * b.Hidden), b.Branch + ((wanted - 1L) * b.Hidden), b.Hidden * sizeof(float), b.Hidden * sizeof(float));
        }
        if (wanted == 0) return;
        _kernels.AddRmsNorm(b.X, b.Branch, _weights.Norm.Pointer<float>(), b.Normalized, wanted, _config.HiddenSize, b.Hidden, (float)_config.RmsNormEpsilon);
        if (wantsHidden)
        {
            for (var i = 0; i < wanted; i++) new ReadOnlySpan<float>(b.Normalized + ((long)i * b.Hidden), _config.HiddenSize).CopyTo(new Span<float>(outputs + ((first + (long)i) * _config.HiddenSize), _config.HiddenSize));
            return;
        }
        if (b.Vocabulary == VocabularySize)
        {
            _kernels.Multiply(b.Normalized, b.Hidden, wanted, new BlockProduct(_weights.Output, outputs + ((long)first * VocabularySize), VocabularySize));
            return;
        }
        for (var i = 0; i < wanted; i++) Project(b.Normalized + ((long)i * b.Hidden), new Span<float>(outputs + ((first + (long)i) * VocabularySize), VocabularySize));
    }

    /// <summary>Logits of one row, by way of memory whose rows are padded.</summary>
    private void Project(float* normalized, Span<float> logits)
    {
        _kernels.Multiply(normalized, _buffers.Hidden, 1, new BlockProduct(_weights.Output, _buffers.Logits, _buffers.Vocabulary));
        new ReadOnlySpan<float>(_buffers.Logits, VocabularySize).CopyTo(logits);
    }
}
