using System.Text;

namespace Puna.Text.Jinja;

/// <summary>The filters that make text of a value.</summary>
internal static class TextFilters
{
    /// <summary>A filter that is a method of strings, used on the printed value.</summary>
    public static Filter Method(string name) => (machine, value, arguments) => StringMethods.Find(machine.Text(value), name)!.Call(machine, arguments);

    public static Value Title(Machine machine, Value value, CallArguments arguments)
    {
        var text = machine.Text(value);
        var output = new TextBuilder(machine);
        var starts = true;
        for (var i = 0; i < text.Text.Length; i++)
        {
            var c = text.Text[i];
            output.Append([starts ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c)], text.MarkAt(i));
            starts = PythonText.IsSpace(c) || "-({[<".Contains(c);
        }
        return output.ToValue(text.IsSafe);
    }

    public static Value Replace(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "replace", "old", "new", "count");
        if (given[0] is null || given[1] is null) throw machine.Error("replace takes the old text and the new one");
        var count = given[2] is not null && Numbers.TryLong(given[2], out var most) ? most : -1;
        return StringMethods.Replace(machine, machine.Text(value).WithSafety(false), machine.Text(given[0]!), machine.Text(given[1]!), count);
    }

    public static Value Indent(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "indent", "width", "first", "blank");
        var text = machine.Text(value);
        var indent = given[0] switch
        {
            null => new TextValue("    "),
            TextValue own => own,
            var width when Numbers.TryLong(width, out var spaces) => new TextValue(new string(' ', (int)Math.Clamp(spaces, 0, 1000))),
            var other => throw machine.Error($"the width of indent is a number or a text, and not a {other.TypeName}"),
        };
        var output = new TextBuilder(machine);
        if (given[1]?.IsTrue == true) output.Append(indent);
        var lines = StringMethods.Lines(machine, text, keepEnds: false);
        // The filter puts a line end behind the text before it cuts the lines, so an empty text has one line.
        if (text.Text.Length == 0 || PythonText.LineEnd(text.Text.AsSpan(text.Text.Length - 1)) > 0) lines.Add(TextValue.Empty);
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0) output.Append("\n");
            if (i > 0 && (lines[i].Text.Length > 0 || given[2]?.IsTrue == true)) output.Append(indent);
            output.Append(lines[i]);
        }
        return output.ToValue(text.IsSafe);
    }

    public static Value Truncate(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "truncate", "length", "killwords", "end", "leeway");
        var text = machine.Text(value);
        var length = Whole(machine, given[0], 255);
        var end = given[2] is { } own ? machine.Text(own) : new TextValue("...");
        if (length < end.Length) throw machine.Error($"truncate to {length} characters leaves no room for its end");
        if (text.Length <= length + Whole(machine, given[3], 5)) return text;
        var cut = Slicing.Between(machine, text, 0, (int)(length - end.Length));
        if (given[1]?.IsTrue != true && cut.Text.LastIndexOf(' ') is >= 0 and var space) cut = new TextBuilder(machine).Append(cut, 0, space).ToValue();
        return new TextBuilder(machine).Append(cut).Append(end).ToValue();
    }

    public static Value Center(Machine machine, Value value, CallArguments arguments) =>
        StringMethods.Find(machine.Text(value), "center")!.Call(machine, new CallArguments([arguments.Bind(machine, "center", "width")[0] ?? new IntValue(80)], []));

    public static Value Format(Machine machine, Value value, CallArguments arguments)
    {
        if (arguments.Named.Count == 0) return PercentFormat.Apply(machine, machine.Text(value), SequenceValue.Tuple([.. arguments.Positional]));
        if (arguments.Positional.Count > 0) throw machine.Error("format takes positional or named values, not both");
        return PercentFormat.Apply(machine, machine.Text(value), Functions.Dict(machine, arguments));
    }

    public static Value Join(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "join", "d", "attribute");
        var separator = given[0] is { } own ? machine.Text(own) : TextValue.Empty;
        var output = new TextBuilder(machine);
        var first = true;
        foreach (var item in machine.Iterate(value))
        {
            if (!first) output.Append(separator);
            first = false;
            output.Append(machine.Text(given[1] is null or NoneValue ? item : SelectionFilters.ByPath(machine, item, given[1]!)));
        }
        return output.ToValue();
    }

    public static Value WordCount(Machine machine, Value value, CallArguments arguments)
    {
        var (text, count, inWord) = (machine.Text(value).Text, 0, false);
        machine.ChargeText(text.Length);
        foreach (var c in text)
        {
            var isWord = char.IsLetterOrDigit(c) || c == '_';
            if (isWord && !inWord) count++;
            inWord = isWord;
        }
        return new IntValue(count);
    }

    public static Value UrlEncode(Machine machine, Value value, CallArguments arguments)
    {
        var output = new TextBuilder(machine);
        if (value is not DictValue dict) return Url(output, machine.Text(value), "/").ToValue();
        foreach (var (key, item) in dict.Entries)
        {
            if (output.Length > 0) output.Append("&", Mark.Given);
            Url(output, machine.Text(key), "").Append("=", Mark.Given);
            Url(output, machine.Text(item), "");
        }
        return output.ToValue();
    }

    private static TextBuilder Url(TextBuilder output, TextValue text, string kept)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Text.Length;)
        {
            var isRune = Rune.TryGetRuneAt(text.Text, i, out var rune);
            if (!isRune) rune = Rune.ReplacementChar;
            var length = isRune ? rune.Utf16SequenceLength : 1;
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || ("_.-~" + kept).Contains((char)rune.Value))) output.Append(text, i, length);
            else if (rune.Value == ' ' && kept.Length == 0) output.Append("+", text.MarkAt(i));
            else
                foreach (var b in bytes[..rune.EncodeToUtf8(bytes)]) output.Append($"%{b:X2}", text.MarkAt(i));
            i += length;
        }
        return output;
    }

    private static long Whole(Machine machine, Value? value, long otherwise) => value is null or NoneValue ? otherwise
        : Numbers.TryLong(value, out var number) ? Math.Clamp(number, 0, int.MaxValue) : throw machine.Error($"an integer was expected, and a {value.TypeName} was given");
}
