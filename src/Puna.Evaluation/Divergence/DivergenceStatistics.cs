using Puna.Inference;

namespace Puna.Evaluation;

/// <summary>
/// Gathers, token by token, how a model's distribution q differs from the base's p: Σ p·(ln p − ln q) over all tokens with ln p &gt; −16, as llama-perplexity
/// sums it; the change of the right token's probability, q − p; and whether both find the same token likeliest.
/// </summary>
public sealed class DivergenceStatistics
{
    private const double LeastLogProbability = -16;
    private static readonly (string Name, double Fraction)[] Percentiles = [("p99_9", 0.999), ("p99", 0.99), ("p95", 0.95), ("p90", 0.9), ("median", 0.5), ("p10", 0.1), ("p5", 0.05), ("p1", 0.01), ("p0_1", 0.001)];
    private readonly List<float> _divergences, _changes;
    private MeanWithError _loss, _baseLoss, _divergence, _change, _squaredChange;
    private double _lossProducts;
    private long _sameTop;

    /// <summary>Of no tokens yet.</summary>
    /// <param name="capacity">How many there will be, about.</param>
    public DivergenceStatistics(int capacity) => (_divergences, _changes) = (new List<float>(capacity), new List<float>(capacity));

    /// <summary>Adds what was said before one token.</summary>
    /// <param name="logits">The model's, V of them.</param>
    /// <param name="normalizer">Theirs.</param>
    /// <param name="row">The base's log-probabilities.</param>
    /// <param name="next">The token that came.</param>
    public void Add(ReadOnlySpan<float> logits, LogNormalizer normalizer, BaseLogitsRow row, int next)
    {
        var codes = row.Codes;
        var (scale, minimum) = (row.Scale, row.Minimum);
        var (sum, top) = (0.0, 0);
        var shift = normalizer.Largest + normalizer.LogSum;
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] > codes[top]) top = i;
            var logBase = (scale * codes[i]) + minimum;
            if (logBase > LeastLogProbability) sum += MathF.Exp(logBase) * (logBase - logits[i] + shift);
        }
        var (loss, baseLoss) = (-normalizer.LogProbability(logits[next]), -((scale * codes[next]) + minimum));
        var change = Math.Exp(-loss) - Math.Exp(-baseLoss);
        _loss.Add(loss);
        _baseLoss.Add(baseLoss);
        _lossProducts += loss * baseLoss;
        _divergence.Add(sum);
        _change.Add(change);
        _squaredChange.Add(change * change);
        if (top == normalizer.Top) _sameTop++;
        _divergences.Add((float)sum);
        _changes.Add((float)change);
    }

    /// <summary>What llama-perplexity prints, by name: perplexities, divergences (<c>kld_…</c>, nats), changes of the right token's probability (<c>delta_p_…</c>) and the share of tokens on which both have the same favourite.</summary>
    public IReadOnlyList<(string Name, double Value)> Figures()
    {
        var count = _loss.Count;
        var (perplexity, basePerplexity) = (Math.Exp(_loss.Value), Math.Exp(_baseLoss.Value));
        var covariance = count < 2 ? 0 : ((_lossProducts / count) - (_loss.Value * _baseLoss.Value)) / (count - 1);
        var difference = _loss.Value - _baseLoss.Value;
        var differenceError = ErrorOfDifference(_loss.Error, _baseLoss.Error, covariance);
        var rms = Math.Sqrt(_squaredChange.Value);
        var same = _sameTop / (double)count;
        return
        [
            ("perplexity", perplexity), ("perplexity_error", perplexity * _loss.Error), ("base_perplexity", basePerplexity), ("base_perplexity_error", basePerplexity * _baseLoss.Error),
            ("loss_correlation", covariance / (_loss.Error * _baseLoss.Error)), ("log_perplexity_ratio", difference), ("log_perplexity_ratio_error", differenceError),
            ("perplexity_ratio", Math.Exp(difference)), ("perplexity_ratio_error", Math.Exp(difference) * differenceError), ("perplexity_difference", perplexity - basePerplexity),
            ("perplexity_difference_error", ErrorOfDifference(perplexity * _loss.Error, basePerplexity * _baseLoss.Error, perplexity * basePerplexity * covariance)),
            ("kld_mean", _divergence.Value), ("kld_mean_error", _divergence.Error), .. Spread("kld", _divergences),
            ("delta_p_mean", _change.Value), ("delta_p_mean_error", _change.Error), ("delta_p_rms", rms), ("delta_p_rms_error", rms == 0 ? 0 : 0.5 / rms * _squaredChange.Error), .. Spread("delta_p", _changes),
            ("same_top", same), ("same_top_error", count < 2 ? 0 : Math.Sqrt(same * (1 - same) / (count - 1))), ("tokens", count),
        ];
    }

    /// <summary>√(a² + b² − 2·cov), where rounding may make it negative.</summary>
    private static double ErrorOfDifference(double a, double b, double covariance) => Math.Sqrt(Math.Max(0, (a * a) + (b * b) - (2 * covariance)));

    private static IEnumerable<(string, double)> Spread(string name, List<float> values)
    {
        var sorted = values.Order().ToArray();
        yield return ($"{name}_maximum", sorted[^1]);
        foreach (var (percentile, fraction) in Percentiles)
        {
            // between the two nearest, as if the values stood evenly from 0 to 1
            var at = fraction * (sorted.Length - 1);
            var (lower, upper) = (sorted[(int)at], sorted[Math.Min((int)at + 1, sorted.Length - 1)]);
            yield return ($"{name}_{percentile}", lower + ((at - (int)at) * (upper - lower)));
        }
        yield return ($"{name}_minimum", sorted[0]);
    }
}
