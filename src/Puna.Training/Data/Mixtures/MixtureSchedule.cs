namespace Puna.Training;

/// <summary>
/// Which source each row comes from when sources are mixed by proportions, and the how-manieth of its source it is. Rows are dealt as evenly as whole
/// numbers allow, as Bresenham's line algorithm deals steps (IBM Systems Journal 4, 1965): one source against the rest, then the next against what is left.
/// So of the first n rows the count of a source differs from n times its proportion by less than the number of sources, for every n, and any row is
/// computed alone. Proportions are taken to 2⁻³².
/// </summary>
public sealed class MixtureSchedule
{
    private const int Bits = 32;
    private readonly ulong[] _shares;

    /// <summary>A schedule.</summary>
    /// <param name="proportions">One a source, positive, with the sum 1.</param>
    /// <exception cref="InvalidDataException">They do not sum to 1.</exception>
    public MixtureSchedule(IReadOnlyList<double> proportions)
    {
        RequireProportions(proportions);
        _shares = new ulong[proportions.Count];
        var left = proportions.Sum();
        for (var i = 0; i < _shares.Length; i++)
        {
            _shares[i] = i == _shares.Length - 1 ? 1ul << Bits : (ulong)Math.Round(Math.Clamp(proportions[i] / left, 0, 1) * (1ul << Bits));
            left -= proportions[i];
        }
    }

    /// <summary>Refuses proportions that do not sum to 1.</summary>
    /// <exception cref="InvalidDataException">They do not.</exception>
    public static void RequireProportions(IReadOnlyList<double> proportions)
    {
        var sum = proportions.Sum();
        if (proportions.Any(one => !(one > 0)) || Math.Abs(sum - 1) > 1e-6)
            throw new InvalidDataException($"data.train: the weights {string.Join(" + ", proportions.Select(Show))} sum to {Show(Math.Round(sum, 9))}; weights are sampling proportions and must sum to 1 (or leave all at 1: then every source is seen equally often)");
    }

    /// <summary>The source of a row and its number among the rows of that source.</summary>
    /// <param name="row">0-based row of the whole run.</param>
    public (int Source, long Rank) Locate(long row)
    {
        for (var source = 0; ; source++)
        {
            var (before, after) = (Taken(row, source), Taken(row + 1, source));
            if (after > before) return (source, before);
            row -= before;
        }
    }

    /// <summary>How many of the first rows come from each source.</summary>
    /// <param name="rows">Rows.</param>
    public long[] Counts(long rows)
    {
        var counts = new long[_shares.Length];
        for (var source = 0; source < counts.Length; source++) rows -= counts[source] = Taken(rows, source);
        return counts;
    }

    private long Taken(long rows, int source) => (long)((((UInt128)(ulong)rows * _shares[source]) + (1ul << (Bits - 1))) >> Bits);

    private static string Show(double value) => value.ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture);
}
