namespace Puna.Inference;

/// <summary>The parts of a grammar, and how they are made. What can never come to an end is left out as soon as that is known.</summary>
/// <param name="name">What errors call it.</param>
internal sealed class Grammar(string name)
{
    /// <summary>A maximum that is none.</summary>
    public const int Unlimited = -1;

    /// <summary>The most parts of a grammar: beyond, a schema's branches have multiplied.</summary>
    public const int MostNodes = 1_000_000;

    private readonly List<GrammarNode> _nodes = [];
    private readonly Dictionary<int, GrammarNode> _single = [];
    private GrammarNode? _empty, _nothing;

    /// <summary>What errors call it.</summary>
    public string Name => name;

    /// <summary>All parts, items before what they are in.</summary>
    public IReadOnlyList<GrammarNode> Nodes => _nodes;

    /// <summary>The whole.</summary>
    public GrammarNode Root { get; set; } = null!;

    /// <summary>The empty text.</summary>
    public GrammarNode Empty => _empty ??= Add(id => new GrammarNode(id, GrammarNodeKind.Sequence, []));

    /// <summary>No text at all.</summary>
    public GrammarNode Nothing => _nothing ??= Add(id => new GrammarNode(id, GrammarNodeKind.Choice, []));

    public GrammarNode Of(CharacterSet characters)
    {
        if (characters.IsEmpty) return Nothing;
        if (characters.Ranges is not [(var first, var last)] || first != last) return Add(id => new GrammarNode(id, GrammarNodeKind.Characters, []) { Characters = characters });
        if (!_single.TryGetValue(first, out var node)) _single[first] = node = Add(id => new GrammarNode(id, GrammarNodeKind.Characters, []) { Characters = characters });
        return node;
    }

    public GrammarNode Of(ByteSet bytes) => Add(id => new GrammarNode(id, GrammarNodeKind.Bytes, []) { Bytes = bytes });

    /// <summary>A text, character by character. Half a surrogate pair counts as U+FFFD.</summary>
    public GrammarNode Literal(string text) => Sequence([.. text.EnumerateRunes().Select(rune => Of(CharacterSet.Range(rune.Value, rune.Value)))]);

    /// <summary>A control symbol of the vocabulary, by its id.</summary>
    public GrammarNode Symbol(int id) => Sequence([.. SymbolCode.Of(id).Select(value => Of(ByteSet.Range(value, value)))]);

    public GrammarNode Sequence(params GrammarNode[] items)
    {
        if (items.Length == 1) return items[0];
        if (items.Length == 0) return Empty;
        return Array.Exists(items, item => item == _nothing) ? Nothing : Add(id => new GrammarNode(id, GrammarNodeKind.Sequence, items));
    }

    public GrammarNode Choice(params GrammarNode[] items)
    {
        if (_nothing is not null) items = [.. items.Where(item => item != _nothing)];
        if (items.Length == 1) return items[0];
        return items.Length == 0 ? Nothing : Add(id => new GrammarNode(id, GrammarNodeKind.Choice, items));
    }

    public GrammarNode Repeat(GrammarNode item, int minimum, int maximum)
    {
        if (maximum == 0 || item == _empty) return Empty;
        if (item == _nothing) return minimum == 0 ? Empty : Nothing;
        if (minimum == 1 && maximum == 1) return item;
        return Add(id => new GrammarNode(id, GrammarNodeKind.Repeat, [item]) { Minimum = minimum, Maximum = maximum });
    }

    public GrammarNode Optional(GrammarNode item) => Repeat(item, 0, 1);

    /// <summary>A rule without a content yet: set <see cref="GrammarNode.Items"/> to one.</summary>
    public GrammarNode Rule(string rule) => Add(id => new GrammarNode(id, GrammarNodeKind.Rule, []) { Name = rule });

    private GrammarNode Add(Func<int, GrammarNode> make)
    {
        if (_nodes.Count == MostNodes) throw new InvalidDataException($"{name}: it takes more than {MostNodes:N0} parts; simplify it.");
        var node = make(_nodes.Count);
        _nodes.Add(node);
        return node;
    }
}
