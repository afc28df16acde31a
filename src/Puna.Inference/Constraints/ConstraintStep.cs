namespace Puna.Inference;

/// <summary>
/// Drops every token that a constraint does not allow. It reads the output so far from the history, so draws, rejected drafts and forks need not be told to it. Put it
/// before all other steps: these then see only allowed tokens, and whatever they keep is allowed.
/// </summary>
public sealed class ConstraintStep : ISamplerStep
{
    private readonly ITokenConstraint _constraint;
    private readonly int _promptLength;
    private int[] _places = [];

    /// <summary>A step for one sequence.</summary>
    /// <param name="constraint">At its start; the step owns it from here on.</param>
    /// <param name="promptLength">How many tokens of the history come before the output.</param>
    public ConstraintStep(ITokenConstraint constraint, int promptLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptLength);
        (_constraint, _promptLength) = (constraint, promptLength);
    }

    /// <summary>The tokens allowed after a history, at least one of them among the first ids.</summary>
    /// <param name="history">Prompt and output.</param>
    /// <param name="vocabularySize">Ids that the model has logits for.</param>
    /// <exception cref="InvalidDataException">There is none: the vocabulary cannot express what the constraint wants, or the text is at its end.</exception>
    /// <exception cref="InvalidOperationException">The history has a token that was not allowed.</exception>
    public TokenMask Allowed(SamplingHistory history, int vocabularySize)
    {
        var output = history.Tokens[Math.Min(_promptLength, history.Count)..];
        var shared = output.CommonPrefixLength(_constraint.Tokens);
        if (shared < _constraint.Tokens.Length) _constraint.Truncate(shared);
        foreach (var token in output[shared..]) _constraint.Accept(token);
        var allowed = _constraint.Allowed;
        if (allowed.Size <= vocabularySize ? allowed.Words.IndexOfAnyExcept(0ul) >= 0 : Enumerable.Range(0, vocabularySize).Any(allowed.Contains)) return allowed;
        throw new InvalidDataException($"constrained output: no token is allowed behind the {output.Length} tokens so far; {(_constraint.MayEnd ? "the text is at its end" : "the vocabulary has nothing that the grammar could go on with")}");
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">No token that is left is allowed.</exception>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        var allowed = Allowed(history, candidates.VocabularySize);
        if (_places.Length < candidates.Count) _places = new int[candidates.Count];
        var kept = candidates.Kept;
        var count = 0;
        for (var place = 0; place < kept.Length; place++)
            if (allowed.Contains(kept[place].Id)) _places[count++] = place;
        if (count == 0) throw new InvalidDataException("constrained output: the steps before it have dropped every token that is allowed; put it first");
        candidates.KeepPlaces(_places.AsSpan(0, count));
    }
}
