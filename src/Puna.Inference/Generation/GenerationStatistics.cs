namespace Puna.Inference;

/// <summary>Figures of a generation.</summary>
public sealed record GenerationStatistics
{
    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Of these, tokens that were not computed again, since an earlier sequence had them in common.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Seconds until the first token.</summary>
    public double PromptSeconds { get; init; }

    /// <summary>Tokens generated, stop ids not counted.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>Seconds from the first token to the last.</summary>
    public double GeneratedSeconds { get; init; }

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; init; } = FinishReason.Length;

    /// <summary>Passes of the model behind that of the prompt, where tokens were drafted; else 0.</summary>
    public int Passes { get; init; }

    /// <summary>Tokens that a draft proposed.</summary>
    public int DraftedTokens { get; init; }

    /// <summary>Tokens of these that were taken.</summary>
    public int AcceptedTokens { get; init; }

    /// <summary>Share of the drafted tokens that were taken; 0 where none were drafted.</summary>
    public double AcceptanceRate => DraftedTokens > 0 ? (double)AcceptedTokens / DraftedTokens : 0;

    /// <summary>Tokens that a pass of the model gives: one, and those accepted.</summary>
    public double TokensPerPass => Passes > 0 ? 1 + ((double)AcceptedTokens / Passes) : 1;

    /// <summary>Generated tokens a second after the first.</summary>
    public double TokensPerSecond => GeneratedSeconds > 0 ? Math.Max(0, GeneratedTokens - 1) / GeneratedSeconds : 0;
}
