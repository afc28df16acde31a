namespace Puna.Inference;

/// <summary>What a <see cref="GrammarNode"/> is.</summary>
internal enum GrammarNodeKind
{
    /// <summary>One character of a set.</summary>
    Characters,

    /// <summary>One byte of a set; only in a machine, and in the code of a control symbol.</summary>
    Bytes,

    /// <summary>All items in order; none is the empty text.</summary>
    Sequence,

    /// <summary>One of the items; none is nothing at all.</summary>
    Choice,

    /// <summary>The item again and again.</summary>
    Repeat,

    /// <summary>What the rule's one item is; set last, since rules may be circular.</summary>
    Rule,
}

/// <summary>
/// A part of a grammar. Parts are shared: together they are a graph, with cycles through rules alone. An item was made before the part that it is in, so the order of
/// <see cref="Id"/> leads from the leaves up and nobody needs recursion.
/// </summary>
internal sealed class GrammarNode(int id, GrammarNodeKind kind, GrammarNode[] items)
{
    private GrammarNode? _decremented;

    public int Id { get; } = id;

    public GrammarNodeKind Kind { get; } = kind;

    public GrammarNode[] Items { get; set; } = items;

    public CharacterSet? Characters { get; init; }

    public ByteSet Bytes { get; init; }

    /// <summary>Fewest repetitions.</summary>
    public int Minimum { get; init; }

    /// <summary>Most repetitions; <see cref="Grammar.Unlimited"/> for any number.</summary>
    public int Maximum { get; init; }

    /// <summary>Name of a rule, for errors.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether the empty text is one of its texts; set by the analysis.</summary>
    public bool IsNullable { get; set; }

    /// <summary>What is left of a repetition after one.</summary>
    public GrammarNode Decremented
    {
        get
        {
            if (_decremented is not null) return _decremented;
            var (minimum, maximum) = (Math.Max(0, Minimum - 1), Maximum == Grammar.Unlimited ? Grammar.Unlimited : Maximum - 1);
            return _decremented = minimum == Minimum && maximum == Maximum ? this : new GrammarNode(Id, Kind, Items) { Minimum = minimum, Maximum = maximum, IsNullable = minimum == 0 || IsNullable };
        }
    }
}
