using Puna.Tensors;

namespace Puna.Inference;

/// <summary>What is wanted of an entry of a batch.</summary>
public enum BatchOutput
{
    /// <summary>Nothing: its tokens only go into the cache.</summary>
    None,

    /// <summary>The logits after its last token.</summary>
    LastLogits,

    /// <summary>The logits after each of its tokens.</summary>
    AllLogits,

    /// <summary>The final hidden states of all its tokens, normalised (what embeddings are made of).</summary>
    Hidden,
}

/// <summary>
/// Tokens for one <see cref="InferenceEngine.Run"/>, sequence by sequence, and afterwards its outputs. Made once and used again: it grows and never shrinks,
/// so that generating allocates nothing.
/// </summary>
public sealed unsafe class InferenceBatch : IDisposable
{
    private readonly List<Entry> _entries = [];
    private int[] _tokens = new int[64];
    private NativeBuffer? _outputs;

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Tokens of all entries.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Rows of outputs wanted, of all entries.</summary>
    public int OutputRows { get; private set; }

    /// <summary>Numbers in a row of the outputs: V, or C for hidden states.</summary>
    public int OutputColumns { get; private set; }

    /// <summary>Whether the outputs are hidden states.</summary>
    public bool WantsHidden { get; private set; }

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        _entries.Clear();
        (TokenCount, OutputRows, WantsHidden) = (0, 0, false);
    }

    /// <summary>Adds tokens of a sequence.</summary>
    /// <param name="sequence">Occurs once in a batch.</param>
    /// <param name="tokens">At least one.</param>
    /// <param name="output">What is wanted of them; a batch wants either logits or hidden states.</param>
    /// <returns>The entry's first row of outputs.</returns>
    /// <exception cref="ArgumentException">No tokens, a sequence that is there already, or outputs of both kinds.</exception>
    public int Add(EngineSequence sequence, ReadOnlySpan<int> tokens, BatchOutput output = BatchOutput.LastLogits)
    {
        if (tokens.IsEmpty) throw new ArgumentException("an entry needs a token", nameof(tokens));
        foreach (var entry in _entries)
            if (ReferenceEquals(entry.Sequence, sequence)) throw new ArgumentException("a sequence may occur once in a batch", nameof(sequence));
        if (output != BatchOutput.None)
        {
            var hidden = output == BatchOutput.Hidden;
            if (OutputRows > 0 && hidden != WantsHidden) throw new ArgumentException("a batch gives either logits or hidden states", nameof(output));
            WantsHidden = hidden;
        }
        if (TokenCount + tokens.Length > _tokens.Length) Array.Resize(ref _tokens, Math.Max(TokenCount + tokens.Length, 2 * _tokens.Length));
        tokens.CopyTo(_tokens.AsSpan(TokenCount));
        var first = OutputRows;
        _entries.Add(new Entry(sequence, TokenCount, tokens.Length, output));
        TokenCount += tokens.Length;
        OutputRows += output switch { BatchOutput.None => 0, BatchOutput.LastLogits => 1, _ => tokens.Length };
        return first;
    }

    /// <summary>The sequence of an entry.</summary>
    public EngineSequence Sequence(int entry) => _entries[entry].Sequence;

    /// <summary>The tokens of an entry.</summary>
    public ReadOnlySpan<int> Tokens(int entry) => _tokens.AsSpan(_entries[entry].First, _entries[entry].Count);

    /// <summary>What is wanted of an entry.</summary>
    public BatchOutput Output(int entry) => _entries[entry].Output;

    /// <summary>A row of outputs: V logits, or C numbers of a hidden state. Valid until the next run; whoever reads it may write to it.</summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)OutputRows, nameof(row));
        return new Span<float>((float*)_outputs!.Pointer + ((long)row * OutputColumns), OutputColumns);
    }

    /// <inheritdoc/>
    public void Dispose() => _outputs?.Dispose();

    /// <summary>Memory for the outputs, [rows, columns]; for engines.</summary>
    internal float* Outputs(int columns)
    {
        OutputColumns = columns;
        var bytes = (long)OutputRows * columns * sizeof(float);
        if (_outputs is null || _outputs.Bytes < bytes)
        {
            _outputs?.Dispose();
            _outputs = null;
            _outputs = new NativeBuffer(Math.Max(bytes, sizeof(float)));
        }
        return (float*)_outputs.Pointer;
    }

    private readonly record struct Entry(EngineSequence Sequence, int First, int Count, BatchOutput Output);
}
