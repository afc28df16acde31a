using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>A request on its way: what its context is to hold, and what of that the engine has computed. Belongs to the scheduler's thread.</summary>
internal sealed class ScheduledSequence
{
    private readonly List<int> _ids;
    private readonly long _submitted = Stopwatch.GetTimestamp();
    private long _entered, _first, _latest;
    private int _cached, _slides, _forgotten, _read;

    /// <param name="handle">What the caller holds.</param>
    /// <param name="arrival">Counts requests in the order in which they came.</param>
    public ScheduledSequence(ScheduledRequest handle, long arrival)
    {
        (Handle, Arrival) = (handle, arrival);
        _ids = [.. handle.Request.Prompt];
        handle.Request.Chain.History.Add(Ids);
    }

    public ScheduledRequest Handle { get; }

    public SchedulerRequest Request => Handle.Request;

    public long Arrival { get; }

    /// <summary>What the context is to hold. At least the last of them is not computed yet.</summary>
    public ReadOnlySpan<int> Ids => CollectionsMarshal.AsSpan(_ids);

    /// <summary>Keys and values; null while it waits.</summary>
    public EngineSequence? Sequence { get; set; }

    /// <summary>How many of the ids are computed.</summary>
    public int Computed => Sequence?.Length ?? 0;

    /// <summary>How many are not: one where it is being continued, more where a prompt is computed.</summary>
    public int Pending => _ids.Count - Computed;

    /// <summary>Whether it takes up room in the bounded queue: until it has its first place.</summary>
    public bool IsQueued { get; set; } = true;

    /// <summary>The latest step that took it along.</summary>
    public long LastStep { get; set; }

    public int Generated { get; private set; }

    /// <summary>Whether its hidden states are wanted and no tokens.</summary>
    public bool WantsStates => Request.States is not null;

    public int Preemptions { get; set; }

    public long ComputedTokens { get; set; }

    /// <summary>Higher priority first, then who came first.</summary>
    public static int ByRank(ScheduledSequence a, ScheduledSequence b) =>
        a.Request.Priority != b.Request.Priority ? b.Request.Priority.CompareTo(a.Request.Priority) : a.Arrival.CompareTo(b.Arrival);

    /// <summary>Higher priority first, then who was taken along longest ago.</summary>
    public static int ByTurn(ScheduledSequence a, ScheduledSequence b) =>
        a.Request.Priority == b.Request.Priority && a.LastStep != b.LastStep ? a.LastStep.CompareTo(b.LastStep) : ByRank(a, b);

    /// <summary>How many of the first ids of another prompt are the same; never all of that, since its last must be computed for its logits.</summary>
    public int Common(ReadOnlySpan<int> ids) => Ids.CommonPrefixLength(ids[..^1]);

    /// <summary>It has a place.</summary>
    /// <param name="sequence">Its keys and values.</param>
    public void Enter(EngineSequence sequence)
    {
        Sequence = sequence;
        if (_entered != 0) return;
        _entered = Stopwatch.GetTimestamp();
        _cached = sequence.Length;
    }

    /// <summary>Takes a token that was drawn, and hands it out.</summary>
    /// <param name="token">The token.</param>
    /// <param name="logits">What it was drawn from, [V].</param>
    public void Append(int token, ReadOnlySpan<float> logits)
    {
        _ids.Add(token);
        Generated++;
        Handle.Deliver(token, Request.LogProbabilities is { } alternatives ? TokenLogProbability.Of(logits, token, alternatives) : null);
    }

    /// <summary>Hands out hidden states, those not that were computed again after a preemption.</summary>
    /// <param name="position">Of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="batch">Has them.</param>
    /// <param name="row">Where the first lies there.</param>
    public void Read(int position, int count, InferenceBatch batch, int row)
    {
        for (; _read < position + count; _read++) Request.States!(_read, batch.Row(row + _read - position));
    }

    /// <summary>A token was drawn, perhaps one that ends the text.</summary>
    public void Mark()
    {
        _latest = Stopwatch.GetTimestamp();
        if (_first == 0) _first = _latest;
    }

    /// <summary>Forgets all but the first tokens and the newest half of the rest of the context.</summary>
    /// <param name="contextLength">Positions.</param>
    /// <param name="isExact">Whether the first tokens' keys are the same however long the sequence was; otherwise they are computed again too.</param>
    public void Slide(int contextLength, bool isExact)
    {
        var kept = Request.KeptTokens;
        var forgotten = _ids.Count - kept - ((contextLength - kept) / 2);
        _ids.RemoveRange(kept, forgotten);
        Sequence!.Truncate(isExact ? Math.Min(kept, Computed) : 0);
        _slides++;
        _forgotten += forgotten;
    }

    /// <summary>Gives keys and values back.</summary>
    public void Release()
    {
        var sequence = Sequence;
        Sequence = null;
        sequence?.Dispose();
    }

    public RequestStatistics Statistics(RequestFinish finish, string? message, Exception? error)
    {
        var now = Stopwatch.GetTimestamp();
        double Seconds(long from, long to) => from == 0 || to == 0 ? 0 : Stopwatch.GetElapsedTime(from, to).TotalSeconds;
        return new RequestStatistics
        {
            Finish = finish,
            Message = message,
            Error = error,
            PromptTokens = Request.Prompt.Count,
            CachedTokens = _cached,
            GeneratedTokens = Generated,
            ComputedTokens = ComputedTokens,
            Preemptions = Preemptions,
            Slides = _slides,
            ForgottenTokens = _forgotten,
            QueuedSeconds = Seconds(_submitted, _entered == 0 ? now : _entered),
            PromptSeconds = Seconds(_entered, _first),
            GeneratedSeconds = Seconds(_first, _latest),
        };
    }
}
