namespace Puna.Text;

/// <summary>
/// Keeps the words as tokens while pairs are joined, the counts of all pairs, and for each pair the words that hold it. The best pair is found in a queue whose entries
/// may be out of date: such a one is put back with its true count, which can only be lower, since a pair whose count grows is entered anew.
/// </summary>
internal sealed class PairFinder
{
    private readonly int[][] words;
    private readonly long[] counts;
    private readonly Dictionary<(int Left, int Right), Pair> pairs = [];
    private readonly PriorityQueue<(int Left, int Right), Rank> queue = new();

    public PairFinder(IReadOnlyList<(byte[] Word, long Count)> text, byte[][] alphabet)
    {
        var ids = new int[alphabet.Length];
        for (var id = 0; id < alphabet.Length; id++) ids[alphabet[id][0]] = id;
        words = [.. text.Select(item => item.Word.Select(value => ids[value]).ToArray())];
        counts = [.. text.Select(item => item.Count)];
        for (var word = 0; word < words.Length; word++) Count(word, counts[word], id: -1, []);
        foreach (var (key, pair) in pairs) queue.Enqueue(key, new Rank(pair.Count, key));
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        public List<int> Words { get; } = [];
    }

    private readonly record struct Rank(long Count, (int Left, int Right) Key) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Count != other.Count ? other.Count.CompareTo(Count) : Key.CompareTo(other.Key);
    }

    /// <summary>Joins the most frequent pair to a token; false where no word has two tokens.</summary>
    public bool TryJoin(int id, out int left, out int right)
    {
        while (queue.TryDequeue(out var key, out var rank))
        {
            var count = pairs.TryGetValue(key, out var pair) ? pair.Count : 0;
            if (count <= 0) continue;
            if (count != rank.Count)
            {
                queue.Enqueue(key, new Rank(count, key));
                continue;
            }
            (left, right) = key;
            Join(key, pair!, id);
            return true;
        }
        (left, right) = (-1, -1);
        return false;
    }

    private void Join((int Left, int Right) key, Pair pair, int id)
    {
        var grown = new HashSet<(int, int)>();
        foreach (var word in pair.Words)
        {
            var joined = Joined(words[word], key, id);
            if (joined.Length == words[word].Length) continue;
            Count(word, -counts[word], id, grown);
            words[word] = joined;
            Count(word, counts[word], id, grown);
        }
        pairs.Remove(key);
        foreach (var more in grown)
            if (pairs.TryGetValue(more, out var found) && found.Count > 0) queue.Enqueue(more, new Rank(found.Count, more));
    }

    // Only pairs with the new token gain words and counts; -1 takes all for new.
    private void Count(int word, long count, int id, HashSet<(int, int)> grown)
    {
        var tokens = words[word];
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            var key = (tokens[i], tokens[i + 1]);
            if (!pairs.TryGetValue(key, out var pair)) pairs.Add(key, pair = new Pair());
            pair.Count += count;
            if (count < 0 || (id >= 0 && tokens[i] != id && tokens[i + 1] != id)) continue;
            grown.Add(key);
            if (pair.Words.Count == 0 || pair.Words[^1] != word) pair.Words.Add(word);
        }
    }

    private static int[] Joined(int[] tokens, (int Left, int Right) key, int id)
    {
        var output = new List<int>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
        {
            if (i + 1 < tokens.Length && tokens[i] == key.Left && tokens[i + 1] == key.Right)
            {
                output.Add(id);
                i++;
            }
            else output.Add(tokens[i]);
        }
        return [.. output];
    }
}
