namespace Puna.Inference;

/// <summary>What a <see cref="BatchScheduler"/> is doing and has done, as of one moment.</summary>
public readonly record struct SchedulerMetrics
{
    /// <summary>Requests that wait for a place, preempted ones included.</summary>
    public int Waiting { get; init; }

    /// <summary>Sequences that are computed in turn.</summary>
    public int Running { get; init; }

    /// <summary>Of these, sequences whose prompt is not computed yet.</summary>
    public int Prefilling { get; init; }

    /// <summary>Sequences that have ended and are kept for prompts that begin like them.</summary>
    public int Pooled { get; init; }

    /// <summary>Bytes of keys and values that the engine holds, read at most ten times a second.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Positions that hold keys and values, of running and kept sequences; shared ones count once for each.</summary>
    public long CachedPositions { get; init; }

    /// <summary>Steps of the engine so far.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens of prompts computed so far, those computed again included.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens of prompts that needed no computing because another sequence had begun alike.</summary>
    public long SharedTokens { get; init; }

    /// <summary>Tokens generated so far.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Tokens of prompts computed a second of engine time, lately.</summary>
    public double PromptTokensPerSecond { get; init; }

    /// <summary>Tokens generated a second of engine time, lately.</summary>
    public double GeneratedTokensPerSecond { get; init; }

    /// <summary>Requests that have ended well: stopped, at their limit, or at the end of their context.</summary>
    public long Finished { get; init; }

    /// <summary>Requests that were cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Requests that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Requests that were refused because the queue was full.</summary>
    public long Refused { get; init; }

    /// <summary>How often a sequence lost its place or its memory to another.</summary>
    public long Preemptions { get; init; }

    /// <summary>How often a window slid.</summary>
    public long Slides { get; init; }
}
