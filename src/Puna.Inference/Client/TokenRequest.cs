using Puna.Text;

namespace Puna.Inference;

/// <summary>What somebody wants of an <see cref="ITokenService"/>, and, once it runs, what came of it.</summary>
public sealed class TokenRequest
{
    /// <summary>The prompt; at least one token.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>Of the model; only a grammar and DRY's sequence breakers need it.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>When to stop: ids and the number of tokens; stop strings are for whoever turns the ids into text.</summary>
    public GenerationOptions Limits { get; init; } = new();

    /// <summary>Figures so far; complete when the last token was returned.</summary>
    public GenerationStatistics Statistics { get; set; } = new();

    /// <summary>Log-probabilities of the tokens so far, where <see cref="GenerationOptions.LogProbabilities"/> asks for them.</summary>
    public IList<TokenLogProbability> LogProbabilities { get; } = [];
}
