namespace Puna.Inference;

/// <summary>Why a request ended.</summary>
public enum RequestFinish
{
    /// <summary>A stop id.</summary>
    Stop,

    /// <summary>Its token limit.</summary>
    Length,

    /// <summary>The end of the context, which it was not to slide beyond.</summary>
    ContextFull,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>It could not be computed; its error says why.</summary>
    Failed,

    /// <summary>The scheduler was closed before it was done.</summary>
    Closed,
}

/// <summary>Figures of a request that has ended.</summary>
public sealed record RequestStatistics
{
    /// <summary>Why it ended.</summary>
    public required RequestFinish Finish { get; init; }

    /// <summary>A sentence about the end where there is more to say than <see cref="Finish"/>; null otherwise.</summary>
    public string? Message { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public Exception? Error { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Of these, tokens whose keys and values were there already.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Tokens generated, stop ids not counted.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>Tokens that the engine computed for it in all, those included that were computed again after a preemption or a slide.</summary>
    public long ComputedTokens { get; init; }

    /// <summary>How often it lost its place or its memory to another and came back.</summary>
    public int Preemptions { get; init; }

    /// <summary>How often its window slid.</summary>
    public int Slides { get; init; }

    /// <summary>Tokens that slides have taken out of the window.</summary>
    public int ForgottenTokens { get; init; }

    /// <summary>Seconds from the submission until it had a place, or to its end.</summary>
    public double QueuedSeconds { get; init; }

    /// <summary>Seconds from then until the first token.</summary>
    public double PromptSeconds { get; init; }

    /// <summary>Seconds from the first token to the last.</summary>
    public double GeneratedSeconds { get; init; }

    /// <summary>Generated tokens a second after the first.</summary>
    public double TokensPerSecond => GeneratedSeconds > 0 ? Math.Max(0, GeneratedTokens - 1) / GeneratedSeconds : 0;
}
