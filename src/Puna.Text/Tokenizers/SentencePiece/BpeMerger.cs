namespace Puna.Text;

/// <summary>The symbols of one word as a linked list, and the possible merges, best first.</summary>
internal struct BpeMerger(int capacity)
{
    private readonly Symbol[] symbols = new Symbol[capacity];
    private readonly PriorityQueue<Proposal, Rank> agenda = new();

    private record struct Symbol(int Start, int Length, int Previous, int Next);

    private readonly record struct Proposal(int Left, int Right, int Length, int Id);

    // Highest score first, then leftmost; a symbol's place in the list is its place in the text.
    private readonly record struct Rank(float Score, int Left) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Score != other.Score ? other.Score.CompareTo(Score) : Left.CompareTo(other.Left);
    }

    public int Count { get; private set; }

    public void Split(ReadOnlySpan<char> word)
    {
        for (var at = 0; at < word.Length;)
        {
            var length = char.IsHighSurrogate(word[at]) ? 2 : 1;
            symbols[Count] = new Symbol(at, length, Count - 1, Count + 1);
            Count++;
            at += length;
        }
        if (Count > 0) symbols[Count - 1].Next = -1;
    }

    public readonly int Start(int i) => symbols[i].Start;

    public readonly int Length(int i) => symbols[i].Length;

    public readonly int Previous(int i) => symbols[i].Previous;

    public readonly int Next(int i) => symbols[i].Next;

    public readonly (int Start, int Length) Joined(int left, int right) => (symbols[left].Start, symbols[left].Length + symbols[right].Length);

    public readonly void Propose(int left, int right, int id, float score) =>
        agenda.Enqueue(new Proposal(left, right, symbols[left].Length + symbols[right].Length, id), new Rank(score, left));

    /// <summary>The best proposal whose two symbols still are what they were.</summary>
    public readonly bool TryTake(out int left, out int right, out int id)
    {
        while (agenda.TryDequeue(out var best, out _))
        {
            (left, right, id) = (best.Left, best.Right, best.Id);
            if (symbols[left].Length > 0 && symbols[right].Length > 0 && symbols[left].Length + symbols[right].Length == best.Length) return true;
        }
        (left, right, id) = (-1, -1, -1);
        return false;
    }

    public readonly void Join(int left, int right)
    {
        symbols[left].Length += symbols[right].Length;
        symbols[left].Next = symbols[right].Next;
        if (symbols[right].Next >= 0) symbols[symbols[right].Next].Previous = left;
        symbols[right].Length = 0;
    }
}
