namespace Puna.Inference;

/// <summary>Who may come in, and who must go for that.</summary>
internal sealed partial class Schedule
{
    // After the cache was full two may come in for each that leaves: so the number of sequences finds what fits, and does not swing.
    private bool _isShort;
    private int _allowance;

    private void Admit()
    {
        for (var i = 0; i < _waiting.Count;)
        {
            var item = _waiting[i];
            var hasPlace = _running.Count == 0 || (_running.Count < _options.MaxSequences && !(_isShort && _allowance <= 0));
            if (!hasPlace && Weakest(item.Request.Priority) is null) return; // nor has anyone behind it
            if (AwaitsPrefix(item))
            {
                i++;
                continue;
            }
            if (!hasPlace) Preempt(Weakest(item.Request.Priority)!, keep: _running.Count >= _options.MaxSequences);
            try
            {
                item.Enter(Open(item));
            }
            catch (OutOfMemoryException error)
            {
                if (_pool.EvictOldest()) continue;
                if (Weakest(item.Request.Priority) is { } weaker)
                {
                    Preempt(weaker, keep: false);
                    continue;
                }
                if (_running.Count > 0)
                {
                    (_isShort, _allowance) = (true, 0);
                    return;
                }
                Finish(item, RequestFinish.Failed, error);
                continue;
            }
            catch (Exception error)
            {
                Finish(item, RequestFinish.Failed, error);
                continue;
            }
            _waiting.RemoveAt(i);
            _running.Add(item);
            _allowance--;
            LeaveQueue(item);
        }
        _isShort = false;
    }

    /// <summary>Of the running sequences below a priority, the one that goes first where place or memory lacks: the lowest, and of these the newest.</summary>
    private ScheduledSequence? Weakest(long below = long.MaxValue)
    {
        ScheduledSequence? weakest = null;
        foreach (var item in _running)
            if (item.Request.Priority < below && (weakest is null || ScheduledSequence.ByRank(item, weakest) > 0)) weakest = item;
        return weakest;
    }

    /// <summary>A sequence makes way, and waits until it may go on; then its tokens are computed again, as far as nobody has kept them.</summary>
    private void Preempt(ScheduledSequence item, bool keep)
    {
        _running.Remove(item);
        _allowance++;
        if (keep) Keep(item);
        else item.Release();
        item.Preemptions++;
        _figures = _figures with { Preemptions = _figures.Preemptions + 1 };
        Enqueue(item);
    }

    /// <summary>A sequence for a prompt: the longest beginning that is there already, or an empty one.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    private EngineSequence Open(ScheduledSequence item)
    {
        if (!item.Request.SharesPrefix) return _engine.CreateSequence();
        var kept = _pool.Find(item.Ids, out var length);
        ScheduledSequence? live = null;
        foreach (var other in _running)
            if (Shared(other, item) is var shared && shared > length) (live, length) = (other, shared);
        if (length < _options.SharedTokens) return _engine.CreateSequence();
        var sequence = live is null ? _pool.Open(kept, length) : live.Sequence!.ForkAt(length);
        _figures = _figures with { SharedTokens = _figures.SharedTokens + length };
        return sequence;
    }

    /// <summary>How many of a prompt's first tokens a running sequence has computed.</summary>
    private int Shared(ScheduledSequence running, ScheduledSequence item) =>
        running.Request.SharesPrefix && running.Computed <= _fixedLength ? Math.Min(running.Common(item.Ids), running.Computed) : 0;

    /// <summary>
    /// Whether a sequence of no lower priority is just computing the beginning of this prompt, and more of it than anybody has: then it is cheaper to wait
    /// for that than to compute it too.
    /// </summary>
    private bool AwaitsPrefix(ScheduledSequence item)
    {
        if (!item.Request.SharesPrefix) return false;
        var (have, coming) = (0, 0);
        foreach (var other in _running)
        {
            if (!other.Request.SharesPrefix || other.Ids.Length > _fixedLength) continue;
            var common = other.Common(item.Ids);
            have = Math.Max(have, Math.Min(common, other.Computed));
            if (other.Pending > 1 && other.Request.Priority >= item.Request.Priority) coming = Math.Max(coming, common);
        }
        if (coming < have + _options.SharedTokens) return false;
        _pool.Find(item.Ids, out var kept);
        return coming >= kept + _options.SharedTokens;
    }
}
