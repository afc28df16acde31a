namespace Puna.Inference;

/// <summary>
/// One step of a <see cref="SamplerChain"/>: changes logits or drops tokens. A step always leaves at least one token. It may own scratch
/// memory and so belongs to one chain, but it is not told of draws: what it knows of the past is the history.
/// </summary>
public interface ISamplerStep
{
    /// <summary>Narrows or changes the candidates in place.</summary>
    /// <param name="candidates">What the steps before have left.</param>
    /// <param name="history">The tokens before the one to be drawn.</param>
    void Apply(Candidates candidates, SamplingHistory history);
}
