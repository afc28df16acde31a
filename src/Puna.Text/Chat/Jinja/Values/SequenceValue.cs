namespace Puna.Text.Jinja;

internal enum SequenceKind
{
    List,
    Tuple,
    Range,

    /// <summary>What filters such as map return: to be gone through once.</summary>
    Generator,
    Keys,
    Values,
    Items,

    /// <summary>A pair of groupby: a tuple with the members grouper and list.</summary>
    Group,
}

/// <summary>Values in a row; only a list can be changed.</summary>
internal sealed class SequenceValue(SequenceKind kind, List<Value> items, string? description = null) : Value
{
    public SequenceKind Kind => kind;

    public List<Value> Items => items;

    /// <summary>How a range prints.</summary>
    public string? Description => description;

    /// <summary>Whether a generator was gone through, and so gives nothing more.</summary>
    public bool IsSpent { get; set; }

    public bool IsTuple => kind is SequenceKind.Tuple or SequenceKind.Group;

    public override string TypeName => kind switch
    {
        SequenceKind.List => "list",
        SequenceKind.Range => "range",
        SequenceKind.Generator => "generator",
        SequenceKind.Keys => "dict_keys",
        SequenceKind.Values => "dict_values",
        SequenceKind.Items => "dict_items",
        _ => "tuple",
    };

    public override bool IsTrue => kind == SequenceKind.Generator || items.Count > 0;

    public static SequenceValue List(List<Value> items) => new(SequenceKind.List, items);

    public static SequenceValue Tuple(params List<Value> items) => new(SequenceKind.Tuple, items);

    public static SequenceValue Generator(List<Value> items) => new(SequenceKind.Generator, items);
}
