namespace Puna.Inference;

/// <summary>
/// Locally typical sampling: orders the tokens by |−ln p_i − H|, H = −Σ p ln p (nats), and keeps the first of them until their
/// probabilities sum to more than p, the token that passes it included. It can drop the best token. Sorts all that it is given
/// (ties: the lower id first), so let top-k come before it. Source: Meister et al., «Locally typical sampling», TACL 2023, section 4.
/// </summary>
public sealed class Typical : ISamplerStep
{
    private static readonly Comparison<Entry> MostTypicalFirst =
        (a, b) => a.Deviation != b.Deviation ? a.Deviation.CompareTo(b.Deviation) : a.Id.CompareTo(b.Id);

    private readonly double _p;
    private readonly int _minimumKept;
    private Entry[] _entries = [];
    private int[] _places = [];

    /// <summary>Creates the step.</summary>
    /// <param name="p">The mass to pass, in [0, 1]; 1 keeps all.</param>
    /// <param name="minimumKept">Keep at least so many tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">p lies outside [0, 1], or <paramref name="minimumKept"/> is below 1.</exception>
    public Typical(double p, int minimumKept = 1)
    {
        _p = StepRange.Check(p, 0, 1, "TypicalP");
        _minimumKept = StepRange.CheckKeep(minimumKept);
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_p == 1) return;
        candidates.Normalise();
        var entries = Sorted(candidates.Kept);
        var (kept, mass) = (0, 0.0);
        while (kept < entries.Length && (kept < _minimumKept || mass <= _p)) mass += candidates.Kept[entries[kept++].Place].Probability;
        var places = _places.AsSpan(0, kept);
        for (var i = 0; i < kept; i++) places[i] = entries[i].Place;
        places.Sort();
        candidates.KeepPlaces(places);
    }

    private Span<Entry> Sorted(ReadOnlySpan<Candidate> kept)
    {
        if (_entries.Length < kept.Length) (_entries, _places) = (new Entry[kept.Length], new int[kept.Length]);
        var entries = _entries.AsSpan(0, kept.Length);
        var entropy = 0.0;
        for (var i = 0; i < kept.Length; i++)
        {
            var (id, _, p) = kept[i];
            var surprise = -Math.Log(p); // infinite where p is too small for a double; such a token counts nothing and sorts last
            if (p > 0) entropy += p * surprise;
            entries[i] = new Entry(surprise, i, id);
        }
        foreach (ref var entry in entries) entry.Deviation = Math.Abs(entry.Deviation - entropy);
        entries.Sort(MostTypicalFirst);
        return entries;
    }

    private record struct Entry(double Deviation, int Place, int Id);
}
