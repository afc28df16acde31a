namespace Puna.Inference;

/// <summary>The draw that ends a chain.</summary>
public static class TokenDraw
{
    /// <summary>
    /// The token in whose part of [0, 1) the number falls, when the kept tokens share that interval out by probability in their present order.
    /// </summary>
    /// <param name="candidates">At least one; normalised here if they are not.</param>
    /// <param name="uniform">A number in [0, 1).</param>
    public static int Pick(Candidates candidates, double uniform)
    {
        candidates.Normalise();
        var (sum, last) = (0.0, -1);
        foreach (ref readonly var candidate in candidates.Kept)
        {
            if (candidate.Probability == 0) continue;
            sum += candidate.Probability;
            last = candidate.Id;
            if (uniform < sum) break;
        }
        return last; // also where rounding let the sum end just below the number
    }
}
