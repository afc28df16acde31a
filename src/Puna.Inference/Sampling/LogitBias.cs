namespace Puna.Inference;

/// <summary>Adds a number to the logits of chosen tokens; −∞ bans a token. Source: OpenAI's API, <c>logit_bias</c>.</summary>
public sealed class LogitBias : ISamplerStep
{
    private readonly Dictionary<int, double> _biases;
    private readonly bool _bans;
    private int[] _places = [];

    /// <summary>Creates the step.</summary>
    /// <param name="biases">Nats by token id.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative, or a bias is NaN or +∞.</exception>
    public LogitBias(IReadOnlyDictionary<int, double> biases)
    {
        _biases = new(biases);
        foreach (var (token, bias) in _biases)
        {
            StepRange.Check(token, 0, int.MaxValue, "LogitBias' token");
            if (double.IsNegativeInfinity(bias)) _bans = true;
            else StepRange.Check(bias, -1e6, 1e6, "LogitBias");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The vocabulary lacks a token, or every token that was left is banned.</exception>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        foreach (var (token, bias) in _biases)
        {
            if (token >= candidates.VocabularySize) throw new InvalidDataException($"the logit bias names token {token}, and the vocabulary has {candidates.VocabularySize} tokens");
            if (candidates.IsById) candidates.SetLogit(token, candidates.Kept[token].Logit + bias);
        }
        if (!candidates.IsById)
        {
            for (var place = 0; place < candidates.Count; place++)
                if (_biases.TryGetValue(candidates.Kept[place].Id, out var bias)) candidates.SetLogit(place, candidates.Kept[place].Logit + bias);
        }
        if (_bans) DropBanned(candidates);
    }

    private void DropBanned(Candidates candidates)
    {
        if (_places.Length < candidates.Count) _places = new int[candidates.Count];
        var kept = 0;
        for (var place = 0; place < candidates.Count; place++)
            if (!double.IsNegativeInfinity(candidates.Kept[place].Logit)) _places[kept++] = place;
        if (kept == 0) throw new InvalidDataException("the logit bias bans every token that is left; leave one");
        candidates.KeepPlaces(_places.AsSpan(0, kept));
    }
}
