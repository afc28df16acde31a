using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Activations of a batch in one piece of native memory, rows <see cref="InferenceKernels.RowStride"/> apart; grown to the largest batch there was.</summary>
internal sealed unsafe class LlamaBuffers(LlamaConfig config) : IDisposable
{
    private NativeBuffer? _memory;
    private int _tokens;

    /// <summary>Numbers between tokens: of the residual stream, of queries, of keys and values, of the feed-forward, of logits.</summary>
    public int Hidden { get; } = InferenceKernels.RowStride(config.HiddenSize);

    public int Queries { get; } = InferenceKernels.RowStride(config.HeadCount * config.HeadSize);

    public int Keys { get; } = InferenceKernels.RowStride(config.KeyValueHeadCount * config.HeadSize);

    public int Inner { get; } = InferenceKernels.RowStride(config.IntermediateSize);

    public int Vocabulary { get; } = InferenceKernels.Padded(config.VocabularySize);

    /// <summary>The residual stream, its norm, what a part of a layer adds to it.</summary>
    public float* X { get; private set; }

    public float* Normalized { get; private set; }

    public float* Branch { get; private set; }

    public float* Q { get; private set; }

    public float* K { get; private set; }

    public float* V { get; private set; }

    public float* Attended { get; private set; }

    public float* Gate { get; private set; }

    public float* Up { get; private set; }

    /// <summary>Logits of one row, where rows of the result are not padded.</summary>
    public float* Logits { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _memory?.Bytes ?? 0;

    /// <summary>Makes room for so many tokens.</summary>
    public void Ensure(int tokens)
    {
        if (tokens <= _tokens) return;
        _memory?.Dispose();
        _memory = null;
        _memory = new NativeBuffer((((long)tokens * ((3L * Hidden) + (2L * Queries) + (2L * Keys) + (2L * Inner))) + Vocabulary) * sizeof(float));
        _tokens = tokens;
        var at = (float*)_memory.Pointer;
        X = Next(Hidden);
        Normalized = Next(Hidden);
        Branch = Next(Hidden);
        Q = Next(Queries);
        Attended = Next(Queries);
        K = Next(Keys);
        V = Next(Keys);
        Gate = Next(Inner);
        Up = Next(Inner);
        Logits = at;

        float* Next(int stride)
        {
            var start = at;
            at += (long)tokens * stride;
            return start;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory?.Dispose();
        (_memory, _tokens) = (null, 0);
    }
}
