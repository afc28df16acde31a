using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>
/// Reads bytes and knows which may come next: a pushdown automaton whose states are sets of immutable stacks (<see cref="Continuation"/>), so that it never has to
/// guess or to go back. A stack of what is still to come is Antimirov's partial derivative of the grammar, with counters instead of copies for x{m,n} and no growth
/// at the end of a rule. States are made when they are first met and found again afterwards. Sources: Antimirov, «Partial derivatives of regular expressions», 1996;
/// Tomita, «Efficient parsing», 1985 (sets of stacks).
/// </summary>
internal sealed class GrammarMachine
{
    private const int MostStates = 100_000; // beyond, the memory of what was met is given up and begun again
    private const int MostAtOnce = 10_000;
    private const long Endless = 1L << 40;
    private readonly Dictionary<(GrammarNode, Continuation), Continuation> _continuations = [];
    private readonly Dictionary<Kernel, GrammarState> _states = [];
    private readonly HashSet<Continuation> _visited = [];
    private readonly Stack<Continuation> _open = [];
    private readonly Dictionary<GrammarNode, long> _shortest = [];
    private readonly string _name;
    private int _ids;

    /// <summary>A machine for a grammar over bytes.</summary>
    public GrammarMachine(Grammar grammar)
    {
        _name = grammar.Name;
        Shortest(grammar);
        (End, Nowhere) = (new Continuation(_ids++, null, null), new Continuation(_ids++, null, null) { Shortest = Endless });
        Start = State([Push(grammar.Root, End)]);
    }

    /// <summary>Whoever uses the machine or one of its states holds this.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The bottom of all stacks: the text may end.</summary>
    public Continuation End { get; }

    /// <summary>A bottom where the text may not end, for a look at a part by itself.</summary>
    public Continuation Nowhere { get; }

    /// <summary>Before the first byte.</summary>
    public GrammarState Start { get; }

    /// <summary>Gives up the memory of what was met, where that has become too much. States in use stay as they are. Never while states are being compared.</summary>
    /// <param name="always">Whatever there is.</param>
    public void Forget(bool always = false)
    {
        if (!always && _states.Count < MostStates && _continuations.Count < 10 * MostStates) return;
        _continuations.Clear();
        _states.Clear();
    }

    /// <summary>A part, and then the rest.</summary>
    public Continuation Push(GrammarNode node, Continuation rest)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_continuations, (node, rest), out _);
        return known ??= new Continuation(_ids++, node, rest) { Shortest = Math.Min(Endless, ShortestOf(node) + rest.Shortest) };
    }

    /// <summary>The state that is these continuations.</summary>
    public GrammarState State(List<Continuation> continuations)
    {
        continuations.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        var count = 0;
        for (var i = 0; i < continuations.Count; i++)
            if (i == 0 || continuations[i] != continuations[count - 1]) continuations[count++] = continuations[i];
        continuations.RemoveRange(count, continuations.Count - count);
        var kernel = new Kernel([.. continuations]);
        if (_states.TryGetValue(kernel, out var state)) return state;
        state = new GrammarState(this, kernel.Items);
        _states[kernel] = state;
        return state;
    }

    /// <summary>The stacks that begin with bytes, and whether one is at its end.</summary>
    internal ((GrammarNode, Continuation)[] Heads, bool MayEnd) Heads(Continuation[] kernel)
    {
        var (heads, mayEnd) = (new List<(GrammarNode, Continuation)>(), false);
        _visited.Clear();
        _open.Clear();
        foreach (var continuation in kernel) Open(continuation);
        while (_open.TryPop(out var at))
        {
            mayEnd |= at == End;
            if (at.Node is not { } node) continue;
            var rest = at.Rest!;
            switch (node.Kind)
            {
                case GrammarNodeKind.Bytes:
                    heads.Add((node, rest));
                    if (heads.Count > MostAtOnce) throw new InvalidDataException($"{_name}: a text can be read in more than {MostAtOnce:N0} ways at once; make the grammar less ambiguous.");
                    break;
                case GrammarNodeKind.Sequence:
                    for (var i = node.Items.Length - 1; i >= 0; i--) rest = Push(node.Items[i], rest);
                    Open(rest);
                    break;
                case GrammarNodeKind.Choice or GrammarNodeKind.Rule:
                    foreach (var item in node.Items) Open(Push(item, rest));
                    break;
                default:
                    OpenRepeat(node, rest);
                    break;
            }
        }
        return ([.. heads], mayEnd);
    }

    private void OpenRepeat(GrammarNode node, Continuation rest)
    {
        var isEmpty = node.Items.Length == 0 || node.Maximum == 0;
        if (isEmpty || node.Minimum == 0 || node.Items[0].IsNullable) Open(rest);
        if (isEmpty) return;
        var again = Push(node.Decremented, rest);
        // coming back without a byte adds nothing to being here
        if (node.Items[0].IsNullable) _visited.Add(again);
        Open(Push(node.Items[0], again));
    }

    private void Open(Continuation continuation)
    {
        if (_visited.Add(continuation)) _open.Push(continuation);
    }

    /// <summary>Shortest texts of all parts (Knuth's generalisation of Dijkstra's shortest paths to grammars).</summary>
    private void Shortest(Grammar grammar)
    {
        var parents = new List<GrammarNode>?[grammar.Nodes.Count];
        var missing = new int[grammar.Nodes.Count];
        var queue = new PriorityQueue<GrammarNode, long>();
        foreach (var node in grammar.Nodes)
        {
            foreach (var item in node.Items.Distinct())
            {
                (parents[item.Id] ??= []).Add(node);
                missing[node.Id]++;
            }
            if (node.Kind == GrammarNodeKind.Bytes) queue.Enqueue(node, 1);
            else if (node is { Kind: GrammarNodeKind.Repeat, Minimum: 0 } or { Kind: GrammarNodeKind.Sequence, Items.Length: 0 }) queue.Enqueue(node, 0);
        }
        while (queue.TryDequeue(out var node, out var length))
        {
            if (!_shortest.TryAdd(node, length)) continue;
            foreach (var parent in parents[node.Id] ?? [])
            {
                if (parent.Kind == GrammarNodeKind.Repeat) queue.Enqueue(parent, Times(length, parent.Minimum));
                else if (parent.Kind != GrammarNodeKind.Sequence) queue.Enqueue(parent, length);
                else if (--missing[parent.Id] == 0) queue.Enqueue(parent, Math.Min(Endless, parent.Items.Sum(item => _shortest[item])));
            }
        }
    }

    private static long Times(long length, int count) => count > 0 && length >= Endless / count ? Endless : length * count;

    // a repetition that has begun is not among the grammar's own parts
    private long ShortestOf(GrammarNode node) => _shortest.TryGetValue(node, out var length) ? length
        : node.Kind != GrammarNodeKind.Repeat ? Endless : node.Minimum == 0 || node.Items.Length == 0 ? 0 : Times(ShortestOf(node.Items[0]), node.Minimum);

    /// <summary>Continuations as a key.</summary>
    private readonly struct Kernel(Continuation[] items) : IEquatable<Kernel>
    {
        public Continuation[] Items => items;

        public bool Equals(Kernel other) => items.AsSpan().SequenceEqual(other.Items);

        public override bool Equals(object? obj) => obj is Kernel other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var item in items) hash.Add(item.Id);
            return hash.ToHashCode();
        }
    }
}
