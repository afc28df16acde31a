namespace Puna.Text.Jinja;

/// <summary>The filter <c>tojson</c> as transformers has it: Python's json.dumps, no HTML escapes, other letters as they are.</summary>
internal sealed class JsonText(Machine machine, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly TextBuilder _output = new(machine);

    public static TextValue Filter(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = given[1] switch
        {
            null or NoneValue => null,
            TextValue text => text.Text,
            var number when Numbers.TryLong(number, out var width) => new string(' ', (int)Math.Clamp(width, 0, 1000)),
            var other => throw machine.Error($"the indent of tojson is a number or a text, and not a {other.TypeName}"),
        };
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (given[2] is SequenceValue { Items: [TextValue first, TextValue second] }) (item, key) = (first.Text, second.Text);
        var json = new JsonText(machine, given[0]?.IsTrue == true, indent, item, key, given[3]?.IsTrue == true);
        json.Write(value, 0);
        return json._output.ToValue();
    }

    private void Add(string text) => _output.Append(text, Mark.Given);

    private bool Write(Value value, int depth)
    {
        switch (value)
        {
            case NoneValue: Add("null"); break;
            case BoolValue flag: Add(flag.Flag ? "true" : "false"); break;
            case IntValue whole: Add(whole.Number.ToString()); break;
            case FloatValue number: Add(Float(number.Number)); break;
            case TextValue text: String(text); break;
            case SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple or SequenceKind.Group } sequence:
                Bracketed('[', ']', sequence.Items, depth, item => machine.Nested(() => Write(item, depth + 1)));
                break;
            case DictValue dict:
                IEnumerable<KeyValuePair<Value, Value>> entries = dict.Entries;
                if (sortKeys) entries = Comparing.Sort(machine, [.. dict.Entries.Keys], key => key, false).ConvertAll(key => new KeyValuePair<Value, Value>(key, dict.Entries[key]));
                Bracketed('{', '}', [.. entries], depth, entry => Entry(entry.Key, entry.Value, depth));
                break;
            default:
                throw machine.Error(value is UndefinedValue undefined ? undefined.Problem : $"object of type {value.TypeName} is not JSON serializable");
        }
        return true;
    }

    private static string Float(double number) => double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : Numbers.Repr(number);

    private bool Entry(Value key, Value value, int depth)
    {
        String(key switch
        {
            TextValue text => text,
            NoneValue => new TextValue("null", Mark.Given),
            BoolValue flag => new TextValue(flag.Flag ? "true" : "false", Mark.Given),
            IntValue whole => new TextValue(whole.Number.ToString(), Mark.Given),
            FloatValue number => new TextValue(Float(number.Number), Mark.Given),
            _ => throw machine.Error($"a key of JSON is a text or a number, and not a {key.TypeName}"),
        });
        Add(keySeparator);
        return machine.Nested(() => Write(value, depth + 1));
    }

    private void Bracketed<T>(char open, char close, List<T> items, int depth, Func<T, bool> write)
    {
        Add(open.ToString());
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) Add(itemSeparator);
            NewLine(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0) NewLine(depth);
        Add(close.ToString());
    }

    private void NewLine(int depth)
    {
        if (indent is null) return;
        Add("\n");
        for (var i = 0; i < depth; i++) Add(indent);
    }

    private void String(TextValue text)
    {
        Add("\"");
        var (start, all) = (0, text.Text);
        for (var i = 0; i < all.Length; i++)
        {
            var escape = JsonEscape.Of(all[i]) ?? (ensureAscii && all[i] > '\u007f' ? JsonEscape.Unit(all[i]) : null);
            if (escape is null) continue;
            _output.Append(text, start, i - start).Append(escape, text.MarkAt(i));
            start = i + 1;
        }
        _output.Append(text, start, all.Length - start);
        Add("\"");
    }
}
