namespace Puna.Inference;

/// <summary>
/// Makes tokens of the recent past less likely. Each distinct token of the window, once: logit ← logit ≤ 0 ? logit · repetition :
/// logit / repetition; then logit ← logit − count · frequency − presence, where count is its number of places in the window.
/// With a window over everything and only a repetition penalty this is Hugging Face's rule, else llama.cpp's (the two differ in nothing
/// else: at logit 0 both branches give 0). Sources: Keskar et al., «CTRL», 2019, section 4.1 (repetition); OpenAI's API (the others).
/// </summary>
public sealed class Penalties : ISamplerStep
{
    /// <summary>Window that means the whole history.</summary>
    public const int WholeHistory = -1;

    private readonly double _repetition;
    private readonly double _frequency;
    private readonly double _presence;
    private readonly int _window;
    private int[] _counts = [];

    /// <summary>Creates the step.</summary>
    /// <param name="repetition">Divisor of positive logits and factor of the others, above 0; 1 changes nothing.</param>
    /// <param name="frequency">Taken off per occurrence, in nats; negative favours repetition.</param>
    /// <param name="presence">Taken off once, in nats; negative favours repetition.</param>
    /// <param name="window">How many of the newest tokens count, or <see cref="WholeHistory"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite, the repetition penalty is not positive, or the window is below −1.</exception>
    public Penalties(double repetition, double frequency = 0, double presence = 0, int window = WholeHistory)
    {
        _repetition = StepRange.Check(repetition, 1e-6, 1e6, "RepetitionPenalty");
        _frequency = StepRange.Check(frequency, -1e6, 1e6, "FrequencyPenalty");
        _presence = StepRange.Check(presence, -1e6, 1e6, "PresencePenalty");
        _window = (int)StepRange.Check(window, WholeHistory, int.MaxValue, "PenaltyWindow");
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        var window = history.Last(_window);
        var vocabulary = candidates.VocabularySize;
        if (_counts.Length < vocabulary) _counts = new int[vocabulary];
        foreach (var token in window)
            if (token < vocabulary) _counts[token]++;
        if (candidates.IsById)
        {
            foreach (var token in window)
            {
                if (token >= vocabulary || _counts[token] == 0) continue;
                Penalise(candidates, token, _counts[token]);
                _counts[token] = 0;
            }
            return;
        }
        for (var place = 0; place < candidates.Count; place++)
        {
            var count = _counts[candidates.Kept[place].Id];
            if (count > 0) Penalise(candidates, place, count);
        }
        foreach (var token in window)
            if (token < vocabulary) _counts[token] = 0;
    }

    private void Penalise(Candidates candidates, int place, int count)
    {
        var logit = candidates.Kept[place].Logit;
        logit = logit <= 0 ? logit * _repetition : logit / _repetition;
        candidates.SetLogit(place, logit - count * _frequency - _presence);
    }
}
