namespace Puna.Inference;

/// <summary>
/// Speculative sampling's rule: a token x drawn from a draft's distribution q is taken with probability min(1, p(x) / q(x)), else another is drawn from the residual
/// max(0, p − q), normalised. What comes out is distributed as p, for any q. Source: Leviathan et al., «Fast inference from transformers via speculative decoding»,
/// ICML 2023, section 2.3 and appendix A.1; Chen et al. 2023. One object serves one thread.
/// </summary>
public sealed class SpeculativeRule
{
    private double[] _draft = []; // q by id, all zero between calls
    private double[] _residual = [];

    /// <summary>min(1, p / q): how likely a token is taken.</summary>
    /// <param name="target">p(x).</param>
    /// <param name="draft">q(x), above 0.</param>
    public static double AcceptProbability(double target, double draft) => Math.Min(1, target / draft);

    /// <summary>Σ min(p, q): how likely a token is taken before it is known which.</summary>
    public double AcceptanceRate(ReadOnlySpan<Candidate> target, ReadOnlySpan<Candidate> draft)
    {
        Scatter(draft);
        var sum = 0.0;
        foreach (ref readonly var candidate in target) sum += Math.Min(candidate.Probability, DraftOf(candidate.Id));
        Clear(draft);
        return sum;
    }

    /// <summary>max(0, p − q), normalised.</summary>
    /// <param name="target">p.</param>
    /// <param name="draft">q.</param>
    /// <returns>By the places of <paramref name="target"/>, valid until the next call; p itself where q leaves nothing.</returns>
    public ReadOnlySpan<double> Residual(ReadOnlySpan<Candidate> target, ReadOnlySpan<Candidate> draft)
    {
        if (_residual.Length < target.Length) _residual = new double[target.Length];
        var residual = _residual.AsSpan(0, target.Length);
        Scatter(draft);
        var sum = 0.0;
        for (var i = 0; i < target.Length; i++) sum += residual[i] = Math.Max(0, target[i].Probability - DraftOf(target[i].Id));
        Clear(draft);
        for (var i = 0; i < target.Length; i++) residual[i] = sum > 0 ? residual[i] / sum : target[i].Probability;
        return residual;
    }

    /// <summary>Judges a drafted token.</summary>
    /// <param name="chain">The model's; gives random numbers only where chance decides, and is told of the outcome.</param>
    /// <param name="logits">[V], the model's behind the tokens before.</param>
    /// <param name="token">The drafted token.</param>
    /// <param name="draft">What it was drawn from.</param>
    /// <returns>The token that comes: the drafted one where it is taken.</returns>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite.</exception>
    public int Judge(SamplerChain chain, ReadOnlySpan<float> logits, int token, ReadOnlySpan<Candidate> draft)
    {
        if (chain.TakesBest) return chain.Sample(logits);
        var target = chain.Distribution(logits).Kept;
        var accept = AcceptProbability(ProbabilityOf(target, token), ProbabilityOf(draft, token));
        var isTaken = accept >= 1 || (accept > 0 && chain.NextUniform() < accept);
        var outcome = isTaken ? token : Draw(target, Residual(target, draft), chain);
        chain.Accept(outcome);
        return outcome;
    }

    private static int Draw(ReadOnlySpan<Candidate> target, ReadOnlySpan<double> weights, SamplerChain chain)
    {
        if (target.Length == 1) return target[0].Id;
        var (uniform, sum, last) = (chain.NextUniform(), 0.0, -1);
        for (var i = 0; i < target.Length; i++)
        {
            if (weights[i] == 0) continue;
            sum += weights[i];
            last = target[i].Id;
            if (uniform < sum) break;
        }
        return last; // also where rounding let the sum end just below the number
    }

    private static double ProbabilityOf(ReadOnlySpan<Candidate> candidates, int token)
    {
        foreach (ref readonly var candidate in candidates)
            if (candidate.Id == token) return candidate.Probability;
        return 0;
    }

    private double DraftOf(int id) => id < _draft.Length ? _draft[id] : 0;

    private void Scatter(ReadOnlySpan<Candidate> draft)
    {
        foreach (ref readonly var candidate in draft)
        {
            if (candidate.Id >= _draft.Length) Array.Resize(ref _draft, Math.Max(candidate.Id + 1, 2 * _draft.Length));
            _draft[candidate.Id] = candidate.Probability;
        }
    }

    private void Clear(ReadOnlySpan<Candidate> draft)
    {
        foreach (ref readonly var candidate in draft) _draft[candidate.Id] = 0;
    }
}
