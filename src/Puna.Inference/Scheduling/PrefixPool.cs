namespace Puna.Inference;

/// <summary>Sequences that have ended, kept for prompts that begin like them: the least recently useful goes first. Belongs to the scheduler's thread.</summary>
/// <param name="capacity">The most sequences; 0 keeps none.</param>
internal sealed class PrefixPool(int capacity) : IDisposable
{
    private readonly List<Entry> _entries = []; // the most recently useful last

    /// <summary>Sequences kept.</summary>
    public int Count => _entries.Count;

    /// <summary>Positions of all of them.</summary>
    public long Positions { get; private set; }

    /// <summary>Keeps a sequence, which from now on belongs to the pool.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="ids">What it holds.</param>
    public void Add(EngineSequence sequence, ReadOnlySpan<int> ids)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            var common = ids.CommonPrefixLength(_entries[i].Ids);
            if (common == ids.Length)
            {
                // another one holds all of it and perhaps more
                sequence.Dispose();
                Touch(i);
                return;
            }
            if (common == _entries[i].Ids.Length) Remove(i).Dispose();
        }
        _entries.Add(new Entry(sequence, ids.ToArray()));
        Positions += ids.Length;
        while (_entries.Count > capacity) EvictOldest();
    }

    /// <summary>The sequence that begins most like a prompt.</summary>
    /// <param name="ids">The prompt.</param>
    /// <param name="common">Tokens in common, less than all of the prompt; 0 where there are none.</param>
    /// <returns>Its number for <see cref="Open"/>; −1 where there is none.</returns>
    public int Find(ReadOnlySpan<int> ids, out int common)
    {
        var best = -1;
        common = 0;
        for (var i = 0; i < _entries.Count; i++)
        {
            var shared = ids[..^1].CommonPrefixLength(_entries[i].Ids);
            if (shared > common || (shared == common && best >= 0)) (best, common) = (i, shared);
        }
        return best;
    }

    /// <summary>A sequence with the first tokens of a kept one: that one itself where it has no more, else a fork.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for a fork.</exception>
    public EngineSequence Open(int entry, int length)
    {
        if (_entries[entry].Ids.Length == length) return Remove(entry);
        var fork = _entries[entry].Sequence.ForkAt(length);
        Touch(entry);
        return fork;
    }

    /// <summary>Gives the least recently useful sequence's memory back; false where there is none.</summary>
    public bool EvictOldest()
    {
        if (_entries.Count == 0) return false;
        Remove(0).Dispose();
        return true;
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        while (EvictOldest())
        {
        }
    }

    private EngineSequence Remove(int entry)
    {
        var sequence = _entries[entry].Sequence;
        Positions -= _entries[entry].Ids.Length;
        _entries.RemoveAt(entry);
        return sequence;
    }

    private void Touch(int entry)
    {
        var used = _entries[entry];
        _entries.RemoveAt(entry);
        _entries.Add(used);
    }

    private readonly record struct Entry(EngineSequence Sequence, int[] Ids);
}

/// <summary>Forks of a beginning.</summary>
internal static class EngineSequenceForks
{
    /// <summary>Another sequence with the first tokens only.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    public static EngineSequence ForkAt(this EngineSequence sequence, int length)
    {
        var fork = sequence.Fork();
        try
        {
            fork.Truncate(length);
            return fork;
        }
        catch
        {
            fork.Dispose();
            throw;
        }
    }
}
