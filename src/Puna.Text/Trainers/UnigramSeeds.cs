namespace Puna.Text;

/// <summary>
/// What a unigram model starts from: every character, and the strings inside words that repeat and do not always go on alike (the inner nodes of a suffix tree), the best by
/// frequency times length. Words lie one behind the other as numbers, their suffixes are sorted as far as the longest piece reaches, and a string is a range of them.
/// Source: Kudo, «Subword regularization», ACL 2018, section 3.2.
/// </summary>
internal sealed class UnigramSeeds
{
    // Numbers below this end a word: before another word, and at the end of a line.
    private const int Ends = 2;
    private readonly int[] text, owners, sorted;
    private readonly ulong[] keys;
    private readonly List<CountedWord> words;
    private readonly PieceRules rules;
    private readonly int longest, bits;

    public UnigramSeeds(TrainingText training, BpeTrainerOptions options, int most, CancellationToken cancellation)
    {
        (words, rules, longest) = (training.Words, new PieceRules(options), options.MaxPieceLength);
        CodePoints = [0, 0, .. words.SelectMany(word => word.Text.EnumerateRunes().Select(rune => rune.Value)).Distinct().Order()];
        bits = Math.Max(8, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)CodePoints.Length));
        (text, owners, WordStarts) = Lay();
        sorted = [.. Enumerable.Range(0, text.Length).Where(at => text[at] >= Ends)];
        keys = new ulong[sorted.Length];
        Sort(0, sorted.Length, 0);
        cancellation.ThrowIfCancellationRequested();
        Seeds = Choose(Ranges(), most);
        Deepest = Nest();
    }

    /// <summary>A string: its place in the text, its length, its range of sorted suffixes, and frequency times length.</summary>
    /// <param name="Start">Where it stands once.</param>
    /// <param name="Length">In characters.</param>
    /// <param name="First">The first suffix that begins with it.</param>
    /// <param name="End">Behind the last.</param>
    /// <param name="Score">For a character its frequency.</param>
    public readonly record struct Seed(int Start, int Length, int First, int End, long Score);

    /// <summary>Code points of the numbers, in their order; the first two mean nothing.</summary>
    public int[] CodePoints { get; }

    /// <summary>Where each word begins in the text.</summary>
    public int[] WordStarts { get; }

    /// <summary>The seeds in code point order, each before those that begin with it.</summary>
    public Seed[] Seeds { get; }

    /// <summary>For each seed the longest other that it begins with, -1 for none.</summary>
    public int[] Parents { get; private set; } = [];

    /// <summary>For each place of the text the longest seed that begins there, -1 for none.</summary>
    public int[] Deepest { get; }

    /// <summary>The number of the character at a place.</summary>
    public int At(int place) => text[place];

    /// <summary>Whether a number is no character that may be in a piece.</summary>
    public bool IsBarrier(int number) => number < Ends || CodePoints[number] is TrainingText.Unknown or TrainingText.Boundary;

    private (int[] Text, int[] Owners, int[] Starts) Lay()
    {
        var numbers = new Dictionary<int, int>();
        for (var number = Ends; number < CodePoints.Length; number++) numbers.Add(CodePoints[number], number);
        var (all, of, starts) = (new List<int>(), new List<int>(), new int[words.Count]);
        for (var word = 0; word < words.Count; word++)
        {
            starts[word] = all.Count;
            // A word that ends in two ways stands twice, the second time as an ending without a count.
            for (var copy = 0; copy < (words[word].EndsDiffer ? 2 : 1); copy++)
            {
                foreach (var rune in words[word].Text.EnumerateRunes()) all.Add(numbers[rune.Value]);
                all.Add(copy);
                while (of.Count < all.Count) of.Add(copy == 0 ? word : -1);
            }
        }
        return ([.. all], [.. of], starts);
    }

    // As many characters as a number of 64 bits holds at a time; what is equal so far is sorted by the next.
    private void Sort(int from, int to, int depth)
    {
        var perKey = 64 / bits;
        for (var i = from; i < to; i++) keys[i] = Key(sorted[i] + depth, perKey);
        Array.Sort(keys, sorted, from, to - from);
        if (depth + perKey > longest) return;
        for (var first = from; first < to;)
        {
            var end = first + 1;
            while (end < to && keys[end] == keys[first]) end++;
            if (end - first > 1 && (keys[first] & ((1UL << bits) - 1)) >= Ends) Sort(first, end, depth + perKey);
            first = end;
        }
    }

    private ulong Key(int at, int count)
    {
        var key = 0UL;
        for (var ended = false; count > 0; count--)
        {
            key = (key << bits) | (ended ? 0 : (uint)text[at]);
            if (!ended && text[at++] < Ends) ended = true;
        }
        return key;
    }

    private int Shared(int one, int other)
    {
        var depth = 0;
        for (; depth <= longest && text[one + depth] == text[other + depth]; depth++)
            if (text[one + depth] < Ends) return depth + 1;
        return depth;
    }

    private List<Seed> Ranges()
    {
        var found = new List<Seed>();
        var open = new Stack<(int Depth, int First, long Count)>();
        var carried = 0L;
        for (var i = 0; i <= sorted.Length; i++)
        {
            var shared = i == 0 || i == sorted.Length ? 0 : Shared(sorted[i - 1], sorted[i]);
            var first = i - 1;
            while (open.Count > 0 && open.Peek().Depth > shared)
            {
                var (depth, start, count) = open.Pop();
                (carried, first) = (carried + count, start);
                Offer(sorted[i - 1], depth, start, i, carried, found);
            }
            // A character that always goes on alike, or is there once, is no inner node but a seed all the same.
            if (i > 0 && shared == 0 && (found.Count == 0 || found[^1].Length != 1 || found[^1].End != i)) Offer(sorted[i - 1], 1, first, i, carried, found);
            if (shared > 0)
            {
                if (open.Count > 0 && open.Peek().Depth == shared)
                {
                    var (depth, start, count) = open.Pop();
                    open.Push((depth, start, count + carried));
                }
                else open.Push((shared, first, carried));
            }
            carried = i < sorted.Length && owners[sorted[i]] is >= 0 and var word ? words[word].Count : 0;
        }
        return found;
    }

    private void Offer(int at, int length, int first, int end, long count, List<Seed> found)
    {
        if (length > longest) return;
        Span<int> characters = length <= 64 ? stackalloc int[length] : new int[length];
        for (var i = 0; i < length; i++)
        {
            if (IsBarrier(text[at + i])) return;
            characters[i] = CodePoints[text[at + i]];
        }
        if (length == 1 || rules.Allows(characters)) found.Add(new Seed(at, length, first, end, count * length));
    }

    private static Seed[] Choose(List<Seed> ranges, int most)
    {
        IEnumerable<Seed> kept = ranges;
        if (ranges.Count > most)
        {
            var longer = ranges.Where(seed => seed.Length > 1).OrderByDescending(seed => seed.Score).ThenBy(seed => seed.First).ThenBy(seed => seed.Length);
            kept = ranges.Where(seed => seed.Length == 1).Concat(longer.Take(most));
        }
        Seed[] seeds = [.. kept];
        var places = Array.ConvertAll(seeds, seed => ((ulong)seed.First << 32) | (uint)seed.Length);
        Array.Sort(places, seeds);
        return seeds;
    }

    private int[] Nest()
    {
        var deepest = new int[text.Length];
        Array.Fill(deepest, -1);
        Parents = new int[Seeds.Length];
        var open = new Stack<int>();
        for (var (i, next) = (0, 0); i < sorted.Length; i++)
        {
            while (open.Count > 0 && Seeds[open.Peek()].End <= i) open.Pop();
            for (; next < Seeds.Length && Seeds[next].First == i; next++)
            {
                Parents[next] = open.Count > 0 ? open.Peek() : -1;
                open.Push(next);
            }
            if (open.Count > 0) deepest[sorted[i]] = open.Peek();
        }
        return deepest;
    }
}
