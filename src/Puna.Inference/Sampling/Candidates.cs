using System.Numerics;

namespace Puna.Inference;

/// <summary>
/// The tokens that may still be drawn, in double precision: a buffer that is filled from a row of logits, narrowed by each
/// <see cref="ISamplerStep"/>, and used again for the next token. It is ranked (higher logit first, ties to the lower id) only as far
/// as a step asks, so a vocabulary of 128k is never sorted whole for the sake of its best forty. Not safe for several threads.
/// </summary>
public sealed class Candidates
{
    private static readonly Comparison<Candidate> BestFirst = (a, b) => a.IsBetterThan(b) ? -1 : b.IsBetterThan(a) ? 1 : 0;
    private Candidate[] _items = [];
    private int _ranked; // so many leading places hold the best candidates, in order
    private bool _normalised;

    /// <summary>Number of logits that were loaded.</summary>
    public int VocabularySize { get; private set; }

    /// <summary>Number of tokens still kept; at least 1 once logits are loaded.</summary>
    public int Count { get; private set; }

    /// <summary>Whether place i still holds token i: nothing was ranked or dropped yet.</summary>
    public bool IsById { get; private set; }

    /// <summary>The kept tokens in their present order; valid until the next call that ranks or drops.</summary>
    public ReadOnlySpan<Candidate> Kept => _items.AsSpan(0, Count);

    /// <summary>Starts again with every token of a vocabulary. Allocates only when the row is longer than any before.</summary>
    /// <param name="logits">[V], float or double.</param>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public void Load<T>(ReadOnlySpan<T> logits) where T : IBinaryFloatingPointIeee754<T>
    {
        if (logits.IsEmpty) throw new InvalidDataException("There are no logits to sample from.");
        if (_items.Length < logits.Length) _items = new Candidate[logits.Length];
        for (var i = 0; i < logits.Length; i++)
        {
            if (!T.IsFinite(logits[i])) throw NotFinite(i, double.CreateTruncating(logits[i]));
            _items[i] = new Candidate(i, double.CreateTruncating(logits[i]), 0);
        }
        VocabularySize = Count = logits.Length;
        _ranked = 0;
        _normalised = false;
        IsById = true;
    }

    /// <summary>As <see cref="Load{T}(ReadOnlySpan{T})"/>, but only with the tokens of a set.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="allowed">At least one of them is in the vocabulary.</param>
    /// <exception cref="InvalidDataException">An allowed token's logit is NaN or infinite, or none is there; the first such index is named.</exception>
    public void Load(ReadOnlySpan<float> logits, TokenMask allowed)
    {
        if (_items.Length < logits.Length) _items = new Candidate[logits.Length];
        var count = 0;
        var words = allowed.Words;
        for (var i = 0; i < words.Length; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                var id = (i << 6) + BitOperations.TrailingZeroCount(word);
                if (id >= logits.Length) break;
                if (!float.IsFinite(logits[id])) throw NotFinite(id, logits[id]);
                _items[count++] = new Candidate(id, logits[id], 0);
            }
        }
        if (count == 0) throw new InvalidDataException("There are no logits to sample from.");
        (VocabularySize, Count, _ranked, _normalised) = (logits.Length, count, 0, false);
        IsById = count == logits.Length;
    }

    /// <summary>Changes the logit at a place.</summary>
    public void SetLogit(int place, double logit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Count, nameof(place));
        _items[place].Logit = logit;
        _ranked = 0;
        _normalised = false;
    }

    /// <summary>Logits become (logit − best logit) / <paramref name="temperature"/>, which must be positive; the ranking stays.</summary>
    public void Scale(double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var best = Best().Logit; // taken off first, or a very low temperature would overflow to infinity
        foreach (ref var item in _items.AsSpan(0, Count)) item.Logit = (item.Logit - best) / temperature;
        _normalised = false;
    }

    /// <summary>Fills in the probabilities, exp(l_i − max) / Σ_j exp(l_j − max) over what is kept. Does nothing if they hold already.</summary>
    /// <exception cref="InvalidDataException">A step has left no finite best logit.</exception>
    public void Normalise()
    {
        if (_normalised) return;
        var best = Best();
        if (!double.IsFinite(best.Logit)) throw NotFinite(best.Id, best.Logit);
        var items = _items.AsSpan(0, Count);
        var sum = 0.0;
        foreach (ref var item in items) sum += item.Probability = Math.Exp(item.Logit - best.Logit);
        foreach (ref var item in items) item.Probability /= sum;
        _normalised = true;
    }

    /// <summary>The best candidate. Ranks nothing.</summary>
    public Candidate Best()
    {
        var best = _items[0];
        if (_ranked > 0) return best;
        foreach (ref readonly var item in Kept)
            if (item.IsBetterThan(best)) best = item;
        return best;
    }

    /// <summary>The candidate with this id; looks through all that are kept.</summary>
    /// <exception cref="ArgumentException">It is not kept.</exception>
    public Candidate Find(int id)
    {
        foreach (ref readonly var item in Kept)
            if (item.Id == id) return item;
        throw new ArgumentException($"token {id} is not among the {Count} that are kept", nameof(id));
    }

    /// <summary>The candidate of this rank (0 is the best). Ranks further ahead each time, so that walking down the ranks is cheap.</summary>
    public Candidate Ranked(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Count, nameof(rank));
        if (rank >= _ranked) Rank((int)Math.Min(Count, Math.Max(64L, 4L * rank)));
        return _items[rank];
    }

    /// <summary>Puts the best <paramref name="count"/> candidates (or all, if there are fewer) in order into the leading places.</summary>
    public void Rank(int count)
    {
        count = Math.Min(count, Count);
        if (count <= _ranked) return;
        IsById = false;
        var rest = _items.AsSpan(_ranked, Count - _ranked);
        var wanted = count - _ranked;
        if (wanted > rest.Length / 8) (wanted, count) = (rest.Length, Count); // then a full sort costs about the same
        else PartialSelection.BestToFront(rest, wanted);
        rest[..wanted].Sort(BestFirst);
        _ranked = count;
    }

    /// <summary>Ranks as far as needed and drops all but the best <paramref name="count"/> (at least 1; more than there are keeps all).</summary>
    public void KeepBest(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (count >= Count) return;
        Rank(count);
        Drop(count, Math.Min(_ranked, count));
    }

    /// <summary>Drops the best <paramref name="count"/> candidates (fewer than there are), ranking as far as needed.</summary>
    public void DropBest(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, Count);
        if (count == 0) return;
        Rank(count);
        _items.AsSpan(count, Count - count).CopyTo(_items);
        Drop(Count - count, _ranked - count);
    }

    /// <summary>Drops all but these places, which are given in ascending order (at least one).</summary>
    public void KeepPlaces(ReadOnlySpan<int> places)
    {
        ArgumentOutOfRangeException.ThrowIfZero(places.Length, nameof(places));
        if (places.Length == Count) return;
        var ranked = 0;
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] < _ranked) ranked++;
            _items[i] = _items[places[i]];
        }
        Drop(places.Length, ranked);
    }

    private void Drop(int count, int ranked)
    {
        (Count, _ranked, _normalised, IsById) = (count, ranked, false, false);
    }

    internal static InvalidDataException NotFinite(int id, double logit) =>
        new($"The logit of token {id} is {logit}; every logit must be a finite number.");
}
