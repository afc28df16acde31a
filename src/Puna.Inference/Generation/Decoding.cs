namespace Puna.Inference;

/// <summary>
/// How the tokens after a prompt come: one a pass of the model (<see cref="Plain"/>), several (<see cref="SpeculativeDecoding"/>), or chosen by what they look like
/// inside (<see cref="ContrastiveDecoding"/>). When to stop is the <see cref="Generator"/>'s.
/// </summary>
public abstract class Decoding
{
    internal Decoding()
    {
    }

    /// <summary>One token a pass.</summary>
    public static Decoding Plain { get; } = new PlainDecoding();

    /// <summary>Figures of drafts in the latest generation; none where there are no drafts.</summary>
    internal virtual DraftFigures Drafts => default;

    /// <summary>The tokens behind a prompt, each computed when it is asked for; whoever asks may stop at any of them.</summary>
    /// <param name="model">Of the model. Afterwards it holds the prompt and what was fed behind it.</param>
    /// <param name="prompt">At least one id; the chain's history has them already.</param>
    /// <param name="chain">Chooses tokens; its history gets them.</param>
    /// <param name="limit">The most tokens, at least one; prompt and limit together do not outgrow the context.</param>
    /// <param name="seen">Is shown the model's logits and the token that was chosen; only <see cref="Plain"/> calls it. Null where nobody looks.</param>
    internal abstract IEnumerable<int> Tokens(CachedSequence model, int[] prompt, SamplerChain chain, int limit, LogitsObserver? seen = null);
}

/// <summary>Looks at logits and at the token that was chosen by them.</summary>
internal delegate void LogitsObserver(ReadOnlySpan<float> logits, int token);

/// <summary>What became of drafts.</summary>
/// <param name="Passes">Passes of the model behind that of the prompt.</param>
/// <param name="Drafted">Tokens proposed.</param>
/// <param name="Accepted">Tokens of these that were taken.</param>
internal readonly record struct DraftFigures(int Passes, int Drafted, int Accepted);

/// <summary>One token a pass.</summary>
internal sealed class PlainDecoding : Decoding
{
    /// <inheritdoc/>
    internal override IEnumerable<int> Tokens(CachedSequence model, int[] prompt, SamplerChain chain, int limit, LogitsObserver? seen = null)
    {
        var next = Choose(model.Logits(prompt), chain, seen);
        for (var count = 1; ; count++)
        {
            yield return next;
            if (count == limit) yield break;
            next = Choose(model.Append(next), chain, seen);
        }
    }

    private static int Choose(Span<float> logits, SamplerChain chain, LogitsObserver? seen)
    {
        var token = chain.Sample(logits);
        seen?.Invoke(logits, token);
        return token;
    }
}
