namespace Puna.Inference;

/// <summary>
/// How likely the model itself held a token, and what it held likelier or nearly so: logarithms (nats) of the softmax of the logits as the network computed them,
/// before any step of the sampler. A token that the sampler would never draw is among the alternatives all the same.
/// </summary>
/// <param name="Token">The token that was chosen.</param>
/// <param name="LogProbability">ln p of it, at most 0.</param>
/// <param name="Alternatives">The most likely tokens, the chosen one among them where it is one; best first, ties to the lower id.</param>
public sealed record TokenLogProbability(int Token, double LogProbability, IReadOnlyList<(int Token, double LogProbability)> Alternatives)
{
    /// <summary>The most alternatives that may be asked for.</summary>
    public const int MostAlternatives = 100;

    /// <summary>ln p_i = l_i − max − ln Σ_j exp(l_j − max), in double precision.</summary>
    /// <param name="logits">[V], finite.</param>
    /// <param name="token">The chosen token.</param>
    /// <param name="alternatives">How many of the best are listed.</param>
    public static TokenLogProbability Of(ReadOnlySpan<float> logits, int token, int alternatives)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)alternatives, (uint)MostAlternatives, nameof(alternatives));
        var normalizer = LogNormalizer.OfFinite(logits);
        var listed = new List<(int Token, double LogProbability)>(alternatives);
        foreach (var id in Best(logits, alternatives)) listed.Add((id, normalizer.LogProbability(logits[id])));
        return new TokenLogProbability(token, normalizer.LogProbability(logits[token]), listed);
    }

    private static List<int> Best(ReadOnlySpan<float> logits, int count)
    {
        var best = new List<int>(count + 1);
        for (var id = 0; id < logits.Length && count > 0; id++)
        {
            if (best.Count == count && logits[id] <= logits[best[^1]]) continue;
            var place = best.Count;
            while (place > 0 && logits[best[place - 1]] < logits[id]) place--;
            best.Insert(place, id);
            if (best.Count > count) best.RemoveAt(count);
        }
        return best;
    }
}
