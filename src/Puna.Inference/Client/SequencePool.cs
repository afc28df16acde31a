namespace Puna.Inference;

/// <summary>
/// A few sequences that are used again: a prompt gets the one it shares the longest beginning with, so that the next turn of a conversation computes only what is
/// new. Not safe for several threads; whoever owns it lets one in at a time, and never asks for more sequences at once than there are.
/// </summary>
internal sealed class SequencePool(InferenceEngine engine, int most) : IDisposable
{
    private readonly List<PooledSequence> _idle = []; // the one used longest ago first
    private int _made;
    private bool _isDisposed;

    /// <summary>A sequence that holds the beginning of the prompt, as far as one of them did; at least the prompt's last token is left to compute.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for the first of them.</exception>
    public PooledSequence Rent(ReadOnlySpan<int> prompt)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        PooledSequence? best = null;
        var shared = 0;
        foreach (var sequence in _idle)
        {
            var common = Math.Min(prompt.Length - 1, prompt.CommonPrefixLength(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sequence.Tokens)));
            if (common > shared) (best, shared) = (sequence, common);
        }
        // one that would lose more than it keeps belongs to another conversation: leave it alone while there is room
        if (_made < most && (best is null || 2 * shared < best.Tokens.Count) && TryMake(best) is { } made) best = made;
        best ??= _idle[0];
        _idle.Remove(best);
        best.Truncate(shared);
        return best;
    }

    /// <summary>Takes a sequence back, with what it holds.</summary>
    public void Return(PooledSequence sequence)
    {
        if (_isDisposed) sequence.Sequence.Dispose();
        else _idle.Add(sequence);
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var sequence in _idle) sequence.Sequence.Dispose();
        _idle.Clear();
    }

    private PooledSequence? TryMake(PooledSequence? like)
    {
        try
        {
            var made = like is null ? new PooledSequence(engine.CreateSequence(), []) : new PooledSequence(like.Sequence.Fork(), [.. like.Tokens]);
            _made++;
            return made;
        }
        catch (InsufficientMemoryException) when (_idle.Count > 0)
        {
            return null; // then one that is there must do
        }
    }
}

/// <summary>A sequence and the tokens it holds.</summary>
internal sealed record PooledSequence(EngineSequence Sequence, List<int> Tokens)
{
    public void Truncate(int length)
    {
        Sequence.Truncate(length);
        Tokens.RemoveRange(length, Tokens.Count - length);
    }
}
