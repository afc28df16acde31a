namespace Puna.Text.Jinja;

internal delegate Value Filter(Machine machine, Value value, CallArguments arguments);

/// <summary>The filters that there are, by name.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> All = new()
    {
        ["tojson"] = JsonText.Filter,
        ["string"] = (machine, value, _) => machine.Text(value),
        ["safe"] = (machine, value, _) => machine.Text(value).WithSafety(true),
        ["escape"] = (machine, value, _) => value is TextValue { IsSafe: true } ? value : Printing.Escape(machine, machine.Text(value)),
        ["forceescape"] = (machine, value, _) => Printing.Escape(machine, machine.Text(value)),
        ["default"] = Default,
        ["length"] = (machine, value, _) => new IntValue(Length(machine, value)),
        ["attr"] = (machine, value, arguments) => Members.Attribute(machine, value, machine.Text(arguments.Bind(machine, "attr", "name")[0] ?? TextValue.Empty).Text, keysToo: false),
        ["abs"] = NumberFilters.Abs,
        ["int"] = NumberFilters.Int,
        ["float"] = NumberFilters.Float,
        ["round"] = NumberFilters.Round,
        ["sum"] = NumberFilters.Sum,
        ["upper"] = TextFilters.Method("upper"),
        ["lower"] = TextFilters.Method("lower"),
        ["capitalize"] = TextFilters.Method("capitalize"),
        ["trim"] = TextFilters.Method("strip"),
        ["title"] = TextFilters.Title,
        ["replace"] = TextFilters.Replace,
        ["indent"] = TextFilters.Indent,
        ["truncate"] = TextFilters.Truncate,
        ["center"] = TextFilters.Center,
        ["format"] = TextFilters.Format,
        ["join"] = TextFilters.Join,
        ["wordcount"] = TextFilters.WordCount,
        ["urlencode"] = TextFilters.UrlEncode,
        ["list"] = (machine, value, _) => SequenceValue.List(machine.Iterate(value)),
        ["first"] = (machine, value, _) => machine.Iterate(value) is [var first, ..] ? first : new UndefinedValue("there is no first item in an empty sequence"),
        ["last"] = SequenceFilters.Last,
        ["reverse"] = SequenceFilters.Reverse,
        ["items"] = SequenceFilters.Items,
        ["dictsort"] = SequenceFilters.DictSort,
        ["sort"] = SequenceFilters.Sort,
        ["unique"] = SequenceFilters.Unique,
        ["groupby"] = SequenceFilters.GroupBy,
        ["min"] = (machine, value, arguments) => SequenceFilters.Extreme(machine, value, arguments, "min"),
        ["max"] = (machine, value, arguments) => SequenceFilters.Extreme(machine, value, arguments, "max"),
        ["batch"] = SequenceFilters.Batch,
        ["slice"] = SequenceFilters.Slice,
        ["map"] = SelectionFilters.Map,
        ["select"] = (machine, value, arguments) => SelectionFilters.Select(machine, value, arguments, keeps: true, byAttribute: false),
        ["reject"] = (machine, value, arguments) => SelectionFilters.Select(machine, value, arguments, keeps: false, byAttribute: false),
        ["selectattr"] = (machine, value, arguments) => SelectionFilters.Select(machine, value, arguments, keeps: true, byAttribute: true),
        ["rejectattr"] = (machine, value, arguments) => SelectionFilters.Select(machine, value, arguments, keeps: false, byAttribute: true),
    };

    static Filters()
    {
        foreach (var (alias, name) in new[] { ("e", "escape"), ("d", "default"), ("count", "length") }) All[alias] = All[name];
    }

    public static bool IsKnown(string name) => All.ContainsKey(name);

    public static Filter Find(Machine machine, string name) => All.GetValueOrDefault(name)
        ?? throw machine.Error($"there is no filter '{Machine.Shown(name)}'; there are {string.Join(", ", All.Keys.Order())}");

    private static Value Default(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "default", "default_value", "boolean");
        return value is UndefinedValue || given[1]?.IsTrue == true && !value.IsTrue ? given[0] ?? TextValue.Empty : value;
    }

    private static int Length(Machine machine, Value value) => value switch
    {
        TextValue text => text.Length,
        DictValue dict => dict.Entries.Count,
        UndefinedValue => 0,
        SequenceValue { Kind: not SequenceKind.Generator } sequence => sequence.Items.Count,
        _ => throw machine.Error($"object of type '{value.TypeName}' has no len()"),
    };
}
