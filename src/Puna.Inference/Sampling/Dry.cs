namespace Puna.Inference;

/// <summary>
/// «Don't repeat yourself»: where the end of the text, n tokens long, stood before and was followed by token t, t loses multiplier · base^(n − allowed) nats, for the
/// longest such n of at least the allowed length. No repetition is counted across a sequence breaker. Source: p-e-w, oobabooga/text-generation-webui, pull request 5677.
/// </summary>
public sealed class Dry : ISamplerStep
{
    private const double MostPenalty = 1e30; // a power of a long repetition would overflow to infinity
    private readonly double _multiplier;
    private readonly double _base;
    private readonly int _allowed;
    private readonly int _window;
    private readonly DryBreakers _breakers;
    private int[] _lengths = []; // by how far back a repetition ended
    private int[] _longest = []; // by the token that would go on with it

    /// <summary>Creates the step.</summary>
    /// <param name="multiplier">Nats for the first token too many; 0 does nothing.</param>
    /// <param name="growth">Factor for each further one, at least 1.</param>
    /// <param name="allowed">Repeated tokens from which on the next one is penalised, at least 1.</param>
    /// <param name="window">How many of the newest tokens count, or <see cref="Penalties.WholeHistory"/>.</param>
    /// <param name="breakers">What ends a repetition; null for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public Dry(double multiplier, double growth = 1.75, int allowed = 2, int window = Penalties.WholeHistory, DryBreakers? breakers = null)
    {
        _multiplier = StepRange.Check(multiplier, 0, 1e6, "DryMultiplier");
        _base = StepRange.Check(growth, 1, 1e6, "DryBase");
        _allowed = (int)StepRange.Check(allowed, 1, int.MaxValue, "DryAllowedLength");
        _window = (int)StepRange.Check(window, Penalties.WholeHistory, int.MaxValue, "DryWindow");
        _breakers = breakers ?? DryBreakers.None;
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        var window = history.Last(_window);
        if (_multiplier == 0 || window.Length <= _allowed) return;
        var most = _breakers.TokensBehindLast(window);
        if (most < _allowed) return;
        if (_longest.Length < candidates.VocabularySize) _longest = new int[candidates.VocabularySize];
        Measure(window);
        for (var back = 1; back < window.Length; back++)
        {
            var length = Math.Min(_lengths[back], most);
            if (length < _allowed) continue;
            var next = window[^back];
            if (next < candidates.VocabularySize) _longest[next] = Math.Max(_longest[next], length);
        }
        if (candidates.IsById)
        {
            foreach (var token in window)
                if (token < candidates.VocabularySize) Penalise(candidates, token, token);
        }
        else
        {
            for (var place = 0; place < candidates.Count; place++) Penalise(candidates, place, candidates.Kept[place].Id);
        }
        foreach (var token in window)
            if (token < candidates.VocabularySize) _longest[token] = 0;
    }

    /// <summary>How many tokens before the place <c>back</c> tokens ahead of the end equal those at the end: the Z function of the text read backwards, in linear time.</summary>
    private void Measure(ReadOnlySpan<int> window)
    {
        if (_lengths.Length < window.Length) _lengths = new int[Math.Max(1024, 2 * window.Length)];
        var (from, to) = (0, 0); // the stretch known to equal the beginning that reaches furthest
        for (var back = 1; back < window.Length; back++)
        {
            var length = back < to ? Math.Min(to - back, _lengths[back - from]) : 0;
            while (back + length < window.Length && window[^(length + 1)] == window[^(back + length + 1)]) length++;
            _lengths[back] = length;
            if (back + length > to) (from, to) = (back, back + length);
        }
    }

    private void Penalise(Candidates candidates, int place, int token)
    {
        var length = _longest[token];
        if (length == 0 || _breakers.Has(token)) return;
        _longest[token] = 0;
        var penalty = Math.Min(MostPenalty, _multiplier * Math.Pow(_base, length - _allowed));
        candidates.SetLogit(place, candidates.Kept[place].Logit - penalty);
    }
}
