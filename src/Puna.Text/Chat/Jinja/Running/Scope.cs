namespace Puna.Text.Jinja;

/// <summary>Names and their values. Loops, macros and blocks see the names around them; what they set stays theirs.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, Value>? _names;

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names is not null && scope._names.TryGetValue(name, out var value)) return value;
        return null;
    }

    private Scope? Outer => outer;

    public bool Has(string name) => _names?.ContainsKey(name) == true;

    public void Set(string name, Value value) => (_names ??= [])[name] = value;
}
