namespace Puna.Text;

/// <summary>
/// Merges a whole text where the vocabulary has unused pieces, which are merged on the way and then taken apart again. Whenever a merge that gives an unused piece is possible,
/// the original notes the two parts; the last note holds for that piece everywhere in the text. So nothing can be merged apart from the rest.
/// Source: google/sentencepiece, src/bpe_model.cc (behaviour).
/// </summary>
/// <param name="merges">The merges.</param>
/// <param name="isUnused">Whether an id is an unused piece.</param>
internal sealed class UnusedPieceMerger(MergeTable merges, Func<int, bool> isUnused)
{
    private readonly List<int> symbols = [], previous = [], next = [];
    private readonly List<bool> isFixed = [];
    private readonly PriorityQueue<Proposal, (int Rank, int Left)> agenda = new();
    private readonly Dictionary<int, (int Left, int Right)> parts = [];

    // The ids tell whether both places still hold what they held.
    private readonly record struct Proposal(int Left, int Right, int LeftId, int RightId, int Id);

    /// <summary>Adds a symbol behind the others; a fixed one never merges.</summary>
    public void Add(int symbol, bool neverMerges)
    {
        if (next.Count > 0) next[^1] = symbols.Count;
        previous.Add(symbols.Count - 1);
        next.Add(-1);
        symbols.Add(symbol);
        isFixed.Add(neverMerges);
    }

    /// <summary>What is left after all merges, in order.</summary>
    public IEnumerable<int> Merge()
    {
        for (var i = 1; i < symbols.Count; i++) Propose(i - 1, i);
        while (agenda.TryDequeue(out var best, out _))
        {
            var (left, right) = (best.Left, best.Right);
            if (next[left] != right || symbols[left] != best.LeftId || symbols[right] != best.RightId) continue;
            symbols[left] = best.Id;
            next[left] = next[right];
            if (next[right] >= 0) previous[next[right]] = left;
            next[right] = -2;
            Propose(previous[left], left);
            Propose(left, next[left]);
        }
        var open = new Stack<int>();
        for (var i = symbols.Count > 0 ? 0 : -1; i >= 0; i = next[i])
        {
            open.Push(symbols[i]);
            while (open.TryPop(out var symbol))
            {
                if (!isFixed[i] && isUnused(symbol) && parts.TryGetValue(symbol, out var two))
                {
                    open.Push(two.Right);
                    open.Push(two.Left);
                }
                else yield return symbol;
            }
        }
    }

    private void Propose(int left, int right)
    {
        if (left < 0 || right < 0 || isFixed[left] || isFixed[right]) return;
        var rank = merges.Find(symbols[left], symbols[right], out var id);
        if (rank == MergeTable.None) return;
        agenda.Enqueue(new Proposal(left, right, symbols[left], symbols[right], id), (rank, left));
        if (isUnused(id)) parts[id] = (symbols[left], symbols[right]);
    }
}
