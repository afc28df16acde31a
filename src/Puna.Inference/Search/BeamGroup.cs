namespace Puna.Inference;

/// <summary>
/// The bookkeeping of one group of a beam search, without a model: offered the log-probabilities behind each live beam, it decides which beams live on. Of the best
/// 2·W continuations (more with several stop ids), one that ends is finished if it ranks among the first W, the others stay live until there are W. It goes on until no live beam can
/// come among the best W finished ones, which changes no result.
/// </summary>
/// <param name="width">W.</param>
/// <param name="options">Penalties.</param>
/// <param name="limits">Stop ids.</param>
/// <param name="limit">The most tokens of a continuation, at least 1.</param>
/// <param name="ends">Whether a continuation ends where it is, for a reason beside stop ids; null for never.</param>
internal sealed class BeamGroup(int width, BeamSearchOptions options, GenerationOptions limits, int limit, Func<IReadOnlyList<int>, bool>? ends = null)
{
    private readonly List<Continuation> _best = [];
    private readonly List<Completion> _finished = [];
    private readonly int _considered = width * Math.Max(2, 1 + limits.StopIds.Count);
    private int _length;

    /// <summary>Beams that live, best first.</summary>
    public List<Beam> Live { get; private set; } = [new Beam([], 0, 0)];

    /// <summary>The tokens that went on at the latest step, also where it was the last.</summary>
    public IReadOnlyList<int> Taken { get; private set; } = [];

    /// <summary>The best W continuations that have ended, best first; at the end all that were found.</summary>
    public IReadOnlyList<Completion> Finished => _finished;

    /// <summary>Offers the continuations of a live beam.</summary>
    /// <param name="beam">Its number.</param>
    /// <param name="logProbabilities">ln p of each token behind it, [V].</param>
    /// <param name="taken">How often earlier groups took a token at this step.</param>
    public void Offer(int beam, ReadOnlySpan<double> logProbabilities, IReadOnlyDictionary<int, int> taken)
    {
        var sum = Live[beam].LogProbability;
        for (var token = 0; token < logProbabilities.Length; token++)
        {
            var value = sum + logProbabilities[token];
            if (_best.Count == _considered && value < _best[^1].Rank) continue; // a penalty would only lower it
            var penalty = taken.Count > 0 && taken.TryGetValue(token, out var count) ? count * options.DiversityPenalty : 0;
            Insert(new Continuation(beam, token, value, value - penalty));
        }
    }

    /// <summary>All live beams were offered: chooses which live on, and which have ended.</summary>
    public void Advance()
    {
        _length++;
        var live = new List<Beam>(width);
        for (var rank = 0; rank < _best.Count; rank++)
        {
            var (parent, token, sum, _) = _best[rank];
            var isStop = limits.StopIds.Contains(token);
            int[] ids = isStop ? Live[parent].Ids : [.. Live[parent].Ids, token];
            if (isStop || (ends is not null && ends(ids)))
            {
                if (rank < width) Finish(ids, sum, FinishReason.Stop);
            }
            else if (live.Count < width)
            {
                live.Add(new Beam(ids, sum, parent));
            }
        }
        _best.Clear();
        Live = live;
        Taken = [.. live.Select(beam => beam.Ids[^1])];
        if (_length == limit) EndAll();
        else if (CannotImprove()) Live = [];
    }

    private void EndAll()
    {
        foreach (var beam in Live) Finish(beam.Ids, beam.LogProbability, FinishReason.Length);
        Live = [];
    }

    private void Finish(int[] ids, double sum, FinishReason reason)
    {
        var completion = new Completion(ids, sum, _length, reason) { Score = options.Score(sum, _length) };
        var place = _finished.Count;
        while (place > 0 && _finished[place - 1].Score < completion.Score) place--;
        _finished.Insert(place, completion);
        if (_finished.Count > width) _finished.RemoveAt(width);
    }

    /// <summary>A sum only falls as it grows longer, and its divisor changes in one direction: the best that the best live beam can reach is at the next token or at the last.</summary>
    private bool CannotImprove()
    {
        if (Live.Count == 0 || _finished.Count < width) return false;
        var sum = Live.Max(beam => beam.LogProbability);
        return Math.Max(options.Score(sum, _length + 1), options.Score(sum, limit)) < _finished[^1].Score;
    }

    private void Insert(Continuation continuation)
    {
        var place = _best.Count;
        while (place > 0 && IsBetter(continuation, _best[place - 1])) place--;
        if (place == _considered) return;
        if (_best.Count == _considered) _best.RemoveAt(_considered - 1);
        _best.Insert(place, continuation);
    }

    /// <summary>Higher first; among equals the smaller tokens.</summary>
    private bool IsBetter(in Continuation a, in Continuation b)
    {
        if (a.Rank != b.Rank) return a.Rank > b.Rank;
        var order = a.Beam == b.Beam ? 0 : Live[a.Beam].Ids.AsSpan().SequenceCompareTo(Live[b.Beam].Ids);
        return order < 0 || (order == 0 && a.Token < b.Token);
    }

    private readonly record struct Continuation(int Beam, int Token, double LogProbability, double Rank);
}
