namespace Puna.Inference;

/// <summary>When a generation ends.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate; null for what the context leaves.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Ids that end the text; they are not part of it.</summary>
    public IReadOnlyCollection<int> StopIds { get; init; } = [];

    /// <summary>How many alternatives are noted beside each token's log-probability; 0 for the token's own only, null for nothing at all.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Strings that end the text; nothing of them is part of it.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>What the output must be; null for anything. A text that the limit or a stop string ends is the beginning of such an output.</summary>
    public OutputGrammar? Grammar { get; init; }
}

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>A stop id or a stop string.</summary>
    Stop,

    /// <summary>The token limit or the end of the context.</summary>
    Length,
}
