namespace Puna.Inference;

/// <summary>Bounds of a <see cref="BatchScheduler"/>.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The most sequences that are computed in turn; further requests wait.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>The most requests that may wait for their first place; further ones are refused, or wait outside.</summary>
    public int QueueLength { get; init; } = 256;

    /// <summary>The most tokens of a step, of all sequences together; 0 for what the engine likes best.</summary>
    public int StepTokens { get; init; }

    /// <summary>The most tokens of prompts in a step that also continues other sequences: how long these may be held up.</summary>
    public int ChunkTokens { get; init; } = 64;

    /// <summary>How many sequences that have ended are kept for prompts that begin like them; the one that was of no use for longest goes first.</summary>
    public int PooledSequences { get; init; } = 8;

    /// <summary>The fewest tokens in common that are worth sharing.</summary>
    public int SharedTokens { get; init; } = 16;

    /// <summary>These options with every number known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal SchedulerOptions For(InferenceEngine engine)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(PooledSequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(SharedTokens, 1);
        // every running sequence has its token in every step, and a prompt at least one beside them
        var tokens = StepTokens == 0 ? Math.Max(engine.BatchSize, MaxSequences) : StepTokens;
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, MaxSequences, nameof(StepTokens));
        return this with { StepTokens = tokens };
    }
}
