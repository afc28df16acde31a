using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Makes up templates that are well formed and mostly make no sense: every operator, filter, test and method on values that it was not meant for.</summary>
internal sealed class JinjaGrammar(CounterRandom random)
{
    private const int Deepest = 4;
    private static readonly string[] Atoms = ["n", "f", "none", "true", "x", "y", "messages", "tools", "eos_token", "'a b'", "'😀é'", "''", "'%s %5d'", "0", "-1", "2", "7", "1.5", "9223372036854775807", "[]", "[3, 1, 2]", "{}", "{'a': 1, 'b': [2]}", "(1, 'x')", "range(4)", "loop", "missing", "namespace(a=1)", "dict(a=2)", "cycler(1, 2)", "joiner()"];
    private static readonly string[] Operators = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"];
    private static readonly string[] Filters =
    [
        "tojson", "string", "safe", "escape", "forceescape", "default", "length", "attr", "abs", "int", "float", "round", "sum", "upper", "lower", "capitalize", "trim", "title", "replace", "indent", "truncate", "center", "format", "join", "wordcount",
        "urlencode", "list", "first", "last", "reverse", "items", "dictsort", "sort", "unique", "groupby", "min", "max", "batch", "slice", "map", "select", "reject", "selectattr", "rejectattr",
    ];
    private static readonly string[] Tests = ["defined", "undefined", "none", "true", "boolean", "integer", "float", "number", "string", "mapping", "iterable", "sequence", "callable", "escaped", "sameas", "odd", "even", "divisibleby", "lower", "upper", "in", "filter", "test", "eq", "lt", "ge"];
    private static readonly string[] Methods =
    [
        "upper", "lower", "casefold", "capitalize", "title", "swapcase", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "partition", "rpartition", "join", "replace", "startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind",
        "index", "rindex", "count", "center", "ljust", "rjust", "zfill", "isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "append", "extend", "insert", "pop", "remove", "clear", "reverse", "copy", "sort", "get", "keys", "values", "items",
        "setdefault", "popitem", "update", "next", "reset", "cycle", "changed", "is_integer",
    ];
    private static readonly string[] Names = ["attribute", "width", "first", "reverse", "case_sensitive", "default", "indent", "sort_keys", "sep", "count", "fill_with", "x"];

    public string Template() => string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Statement(0)));

    private string Statement(int depth) => random.Next(depth >= Deepest ? 2 : 10) switch
    {
        0 or 1 or 2 => $"{{{{ {Expression(depth)} }}}}",
        3 => $"{{% set {Name()} = {Expression(depth)} %}}",
        4 => $"{{% for {Name()} in {Expression(depth)} %}}{Statement(depth + 1)}{{% else %}}-{{% endfor %}}",
        5 => $"{{% if {Expression(depth)} %}}{Statement(depth + 1)}{{% else %}}{Statement(depth + 1)}{{% endif %}}",
        6 => $"{{% macro m(x, y={Expression(depth + 1)}) %}}{Statement(depth + 1)}{{% endmacro %}}{{{{ m({Expression(depth + 1)}) }}}}",
        7 => $"{{% filter {random.Of(Filters)} %}}{Statement(depth + 1)}{{% endfilter %}}",
        8 => $"{{% generation %}}{Statement(depth + 1)}{{% endgeneration %}}",
        _ => $"{{% with {Name()} = {Expression(depth)} %}}{Statement(depth + 1)}{{% endwith %}}",
    };

    private string Expression(int depth) => random.Next(depth >= Deepest ? 2 : 12) switch
    {
        0 or 1 => random.Of(Atoms),
        2 or 3 => $"({Expression(depth + 1)} {random.Of(Operators)} {Expression(depth + 1)})",
        4 or 5 or 6 => $"({Expression(depth + 1)} | {random.Of(Filters)}{Arguments(depth + 1)})",
        7 => $"({Expression(depth + 1)} is {(random.Next(2) == 0 ? "not " : "")}{random.Of(Tests)}{Arguments(depth + 1)})",
        8 or 9 => $"({Expression(depth + 1)}).{random.Of(Methods)}{(random.Next(5) == 0 ? "" : random.Next(2) == 0 ? "()" : Call(depth + 1))}",
        10 => $"({Expression(depth + 1)})[{(random.Next(2) == 0 ? Expression(depth + 1) : $"{Expression(depth + 1)}:{Expression(depth + 1)}:{random.Next(5) - 2}")}]",
        _ => $"({Expression(depth + 1)} if {Expression(depth + 1)} else {Expression(depth + 1)})",
    };

    private string Arguments(int depth) => random.Next(2) == 0 ? "" : Call(depth);

    private string Call(int depth)
    {
        var positional = Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(8) == 0 ? $"'{random.Of(Filters)}'" : Expression(depth));
        return $"({string.Join(", ", random.Next(4) == 0 ? positional.Append($"{random.Of(Names)}={Expression(depth)}") : positional)})";
    }

    private string Name() => random.Of((string[])["x", "y", "n"]);
}
