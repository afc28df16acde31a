namespace Puna.Text;

/// <summary>
/// Finds every piece of a set in a text in one pass, whatever the lengths of the pieces: a trie over UTF-16 whose nodes know where to go on when a character does not fit.
/// It never changes, so any number of threads may use one. Source: Aho and Corasick, «Efficient string matching», 1975.
/// </summary>
internal sealed class PieceAutomaton
{
    /// <summary>The state before the first character.</summary>
    public const int Root = 0;

    // The children of node i are the nodes children[i] to children[i + 1] - 1, in order of their characters.
    private readonly char[] characters;
    private readonly int[] children, failures, pieces, outputs, depths;
    private readonly int[] rootAscii = new int[128];

    /// <param name="all">The pieces; an empty one is left out, and so is the second of two equal ones.</param>
    public PieceAutomaton(IReadOnlyList<string> all)
    {
        var order = new List<int>(all.Count);
        for (var i = 0; i < all.Count; i++)
            if (all[i].Length > 0) order.Add(i);
        order.Sort((one, other) => string.CompareOrdinal(all[one], all[other]) is not 0 and var difference ? difference : one.CompareTo(other));
        order = [.. order.Where((piece, at) => at == 0 || all[piece] != all[order[at - 1]])];
        // Level by level, so that a node's children lie side by side and its failure is known before it.
        var ranges = new List<(int First, int End)> { (0, order.Count) };
        var (labels, below, values, levels) = (new List<char> { '\0' }, new List<int>(), new List<int> { -1 }, new List<int>());
        for (var (node, level, levelEnd) = (0, 0, 1); node < ranges.Count; node++)
        {
            if (node == levelEnd) (level, levelEnd) = (level + 1, ranges.Count);
            below.Add(ranges.Count);
            levels.Add(level);
            var (at, end) = ranges[node];
            if (at < end && all[order[at]].Length == level) values[node] = order[at++];
            while (at < end)
            {
                var (first, label) = (at, all[order[at]][level]);
                while (at < end && all[order[at]][level] == label) at++;
                ranges.Add((first, at));
                labels.Add(label);
                values.Add(-1);
            }
        }
        below.Add(ranges.Count);
        (characters, children, pieces, depths) = ([.. labels], [.. below], [.. values], [.. levels]);
        (failures, outputs) = (new int[pieces.Length], new int[pieces.Length]);
        for (var c = 0; c < 128; c++) rootAscii[c] = Math.Max(Search(Root, (char)c), 0);
        for (var node = 0; node < pieces.Length; node++)
        {
            for (var child = children[node]; child < children[node + 1]; child++)
            {
                failures[child] = node == Root ? Root : Step(failures[node], characters[child]);
                outputs[child] = pieces[failures[child]] >= 0 ? failures[child] : outputs[failures[child]];
            }
        }
    }

    /// <summary>The state after one more character: the longest end of the text that begins a piece.</summary>
    public int Step(int state, char c)
    {
        while (true)
        {
            if (state == Root) return c < 128 ? rootAscii[c] : Math.Max(Search(Root, c), 0);
            if (Search(state, c) is > 0 and var next) return next;
            state = failures[state];
        }
    }

    /// <summary>The state whose piece is the longest that ends here; <see cref="Root"/> where none does.</summary>
    public int FirstOutput(int state) => pieces[state] >= 0 ? state : outputs[state];

    /// <summary>The same for the next shorter piece.</summary>
    public int NextOutput(int state) => outputs[state];

    /// <summary>The piece's place in the list that the automaton was made of; -1 for a state that is none.</summary>
    public int PieceOf(int state) => pieces[state];

    /// <summary>How many characters lead to a state.</summary>
    public int DepthOf(int state) => depths[state];

    private int Search(int state, char c)
    {
        var (low, high) = (children[state], children[state + 1] - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (characters[middle] == c) return middle;
            if (characters[middle] < c) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
