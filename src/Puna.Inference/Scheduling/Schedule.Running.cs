namespace Puna.Inference;

/// <summary>What a step computes, and what becomes of it.</summary>
internal sealed partial class Schedule
{
    private readonly List<Part> _parts = [], _states = [];
    private readonly List<ScheduledSequence> _prompts = [];

    /// <summary>One token of every sequence that is being continued; then prompts and texts whose states are wanted in turn, in pieces, as far as there is room.</summary>
    private void Plan()
    {
        _parts.Clear();
        _states.Clear();
        _prompts.Clear();
        foreach (var item in _running)
        {
            if (item.Pending == 1 && !item.WantsStates) _parts.Add(new Part(item, 1));
            else _prompts.Add(item);
        }
        var room = _options.StepTokens - _parts.Count;
        if (_parts.Count > 0) room = Math.Min(room, _options.ChunkTokens);
        _prompts.Sort(ScheduledSequence.ByTurn);
        foreach (var item in _prompts)
        {
            if (room == 0) break;
            var count = Math.Min(item.Pending, room);
            (item.WantsStates ? _states : _parts).Add(new Part(item, count));
            room -= count;
        }
    }

    /// <summary>What was planned of hidden states, which no batch gives together with logits; without those that have made way in the meantime.</summary>
    private void PlanStates()
    {
        _parts.Clear();
        foreach (var part in _states)
            if (part.Item.Sequence is not null) _parts.Add(part);
    }

    private void Run()
    {
        while (_parts.Count > 0)
        {
            if (Try() is not { } error)
            {
                DeliverAll();
                return;
            }
            if (error is OutOfMemoryException) Relieve(error);
            else
            {
                RunApart(error);
                return;
            }
        }
    }

    /// <summary>Runs the parts that are planned; where that fails no sequence has changed.</summary>
    /// <returns>What went wrong; null where nothing did.</returns>
    private Exception? Try()
    {
        _batch.Clear();
        for (var i = 0; i < _parts.Count; i++)
        {
            var (item, count, before) = (_parts[i].Item, _parts[i].Count, _parts[i].Item.Computed);
            var output = item.WantsStates ? BatchOutput.Hidden : before + count == item.Ids.Length ? BatchOutput.LastLogits : BatchOutput.None;
            var row = _batch.Add(item.Sequence!, item.Ids.Slice(before, count), output);
            _parts[i] = new Part(item, count) { Before = before, Row = output == BatchOutput.None ? -1 : row };
        }
        try
        {
            _engine.Run(_batch);
            return null;
        }
        catch (Exception error)
        {
            foreach (var part in _parts) part.Item.Sequence!.Truncate(part.Before); // gives back, too, what was only taken in advance
            return error;
        }
    }

    /// <summary>The cache is full: what was only kept goes first, then the weakest sequence makes way. One that does not fit alone never will.</summary>
    private void Relieve(Exception error)
    {
        if (_pool.EvictOldest()) return;
        var weakest = Weakest()!;
        _parts.RemoveAll(part => ReferenceEquals(part.Item, weakest));
        if (_running.Count == 1)
        {
            Finish(weakest, RequestFinish.Failed, error);
            return;
        }
        Preempt(weakest, keep: false);
        (_isShort, _allowance) = (true, 0);
    }

    /// <summary>Something is wrong with one of the parts: each is run alone, so that only the one concerned fails.</summary>
    private void RunApart(Exception error)
    {
        if (_parts.Count == 1)
        {
            Finish(_parts[0].Item, RequestFinish.Failed, error);
            return;
        }
        foreach (var part in _parts.ToArray())
        {
            _parts.Clear();
            _parts.Add(part);
            if (Try() is not { } own) DeliverAll();
            else if (own is not OutOfMemoryException) Finish(part.Item, RequestFinish.Failed, own); // want of memory is dealt with in the next step
        }
    }

    private void DeliverAll()
    {
        foreach (var part in _parts)
        {
            var isPrompt = part.Item.Generated == 0 || part.Count > 1;
            _figures = isPrompt ? _figures with { PromptTokens = _figures.PromptTokens + part.Count } : _figures;
            part.Item.LastStep = _figures.Steps;
            part.Item.ComputedTokens += part.Count;
            if (part.Row < 0) continue;
            try
            {
                Deliver(part);
            }
            catch (Exception error)
            {
                Finish(part.Item, RequestFinish.Failed, error); // logits that are no numbers, or a chain or a reader that failed
            }
        }
    }

    private void Deliver(Part part)
    {
        if (!part.Item.WantsStates)
        {
            var logits = _batch.Row(part.Row);
            Continue(part.Item, part.Item.Request.Chain.Sample(logits), logits);
            return;
        }
        part.Item.Read(part.Before, part.Count, _batch, part.Row);
        if (part.Item.Pending == 0) Finish(part.Item, RequestFinish.Length);
    }

    /// <summary>A token was drawn: the sequence ends with it, or goes on.</summary>
    private void Continue(ScheduledSequence item, int token, ReadOnlySpan<float> logits)
    {
        item.Mark();
        if (item.Request.StopIds.Contains(token))
        {
            Finish(item, RequestFinish.Stop);
            return;
        }
        item.Append(token, logits);
        _figures = _figures with { GeneratedTokens = _figures.GeneratedTokens + 1 };
        if (item.Generated == item.Request.MaxOutputTokens) Finish(item, RequestFinish.Length);
        else if (item.Handle.IsCancelled) Finish(item, RequestFinish.Cancelled);
        else if (item.Ids.Length == _engine.ContextLength) FillUp(item);
    }

    private void FillUp(ScheduledSequence item)
    {
        if (item.Request.Window == WindowPolicy.Refuse)
        {
            Finish(item, RequestFinish.ContextFull, message: $"the context of {_engine.ContextLength} positions is full: {item.Request.Prompt.Count} tokens of prompt and {item.Generated} generated");
            return;
        }
        item.Slide(_engine.ContextLength, isExact: _engine.ContextLength <= _fixedLength);
        _figures = _figures with { Slides = _figures.Slides + 1 };
    }

    /// <summary>Tokens of a sequence in a step.</summary>
    /// <param name="Item">The sequence.</param>
    /// <param name="Count">How many of its ids that are not computed yet.</param>
    private readonly record struct Part(ScheduledSequence Item, int Count)
    {
        /// <summary>How many were computed before the step.</summary>
        public int Before { get; init; }

        /// <summary>Its row of logits, or the first of its hidden states; −1 where there is more to come before there are any.</summary>
        public int Row { get; init; }
    }
}
