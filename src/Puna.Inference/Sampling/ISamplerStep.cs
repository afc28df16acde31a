namespace Puna.Inference;

/// <summary>
/// One step of a <see cref="SamplerChain"/>: changes logits or drops tokens. A step always leaves at least one token. It may own scratch
/// memory and so belongs to one chain. What it knows of the past is the history, unless it is an <see cref="IDrawObserver"/> too.
/// </summary>
public interface ISamplerStep
{
    /// <summary>Narrows or changes the candidates in place. Called again without a draw between, it does the same again.</summary>
    /// <param name="candidates">What the steps before have left.</param>
    /// <param name="history">The tokens before the one to be drawn.</param>
    void Apply(Candidates candidates, SamplingHistory history);
}
