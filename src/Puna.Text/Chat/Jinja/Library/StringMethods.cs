using System.Text;

namespace Puna.Text.Jinja;

internal delegate Value StringMethod(Machine machine, TextValue text, CallArguments arguments);

/// <summary>The methods of strings, by Python's names. Case is changed character by character; only upper knows the letters that become several.</summary>
internal static class StringMethods
{
    private static readonly Dictionary<string, StringMethod> All = new()
    {
        ["upper"] = (machine, text, _) => Cased(machine, text, (rune, _) => Rune.ToUpperInvariant(rune), UpperOf),
        ["lower"] = (machine, text, _) => Cased(machine, text, (rune, _) => Rune.ToLowerInvariant(rune)),
        ["casefold"] = (machine, text, _) => Cased(machine, text, (rune, _) => Rune.ToLowerInvariant(rune)),
        ["capitalize"] = (machine, text, _) => Cased(machine, text, (rune, before) => before is null ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune)),
        ["title"] = (machine, text, _) => Cased(machine, text, (rune, before) => before is { } last && Rune.IsLetter(last) ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)),
        ["swapcase"] = (machine, text, _) => Cased(machine, text, (rune, _) => Rune.IsUpper(rune) ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)),
        ["strip"] = (machine, text, arguments) => Strip(machine, text, arguments, true, true),
        ["lstrip"] = (machine, text, arguments) => Strip(machine, text, arguments, true, false),
        ["rstrip"] = (machine, text, arguments) => Strip(machine, text, arguments, false, true),
        ["split"] = (machine, text, arguments) => StringSplitting.Split(machine, text, arguments, fromEnd: false),
        ["rsplit"] = (machine, text, arguments) => StringSplitting.Split(machine, text, arguments, fromEnd: true),
        ["splitlines"] = (machine, text, arguments) => SequenceValue.List([.. Lines(machine, text, arguments.Bind(machine, "splitlines", "keepends")[0]?.IsTrue == true)]),
        ["partition"] = (machine, text, arguments) => StringSplitting.Partition(machine, text, arguments, fromEnd: false),
        ["rpartition"] = (machine, text, arguments) => StringSplitting.Partition(machine, text, arguments, fromEnd: true),
        ["join"] = Join,
        ["replace"] = ReplaceMethod,
        ["startswith"] = (machine, text, arguments) => BoolValue.Of(Options(machine, "startswith", arguments).Any(part => text.Text.StartsWith(Compared(machine, part), StringComparison.Ordinal))),
        ["endswith"] = (machine, text, arguments) => BoolValue.Of(Options(machine, "endswith", arguments).Any(part => text.Text.EndsWith(Compared(machine, part), StringComparison.Ordinal))),
        ["removeprefix"] = (machine, text, arguments) => Compared(machine, One(machine, "removeprefix", arguments)) is var part && text.Text.StartsWith(part, StringComparison.Ordinal) ? Units(machine, text, part.Length, text.Text.Length) : text,
        ["removesuffix"] = (machine, text, arguments) => Compared(machine, One(machine, "removesuffix", arguments)) is var part && text.Text.EndsWith(part, StringComparison.Ordinal) ? Units(machine, text, 0, text.Text.Length - part.Length) : text,
        ["find"] = (machine, text, arguments) => new IntValue(Place(machine, text, "find", arguments, false)),
        ["rfind"] = (machine, text, arguments) => new IntValue(Place(machine, text, "rfind", arguments, true)),
        ["index"] = (machine, text, arguments) => Place(machine, text, "index", arguments, false) is >= 0 and var at ? new IntValue(at) : throw machine.Error("substring not found"),
        ["rindex"] = (machine, text, arguments) => Place(machine, text, "rindex", arguments, true) is >= 0 and var at ? new IntValue(at) : throw machine.Error("substring not found"),
        ["count"] = (machine, text, arguments) => new IntValue(Count(machine, text, One(machine, "count", arguments))),
        ["center"] = (machine, text, arguments) => Pad(machine, text, "center", arguments, (missing, width) => missing / 2 + (missing & width & 1)),
        ["ljust"] = (machine, text, arguments) => Pad(machine, text, "ljust", arguments, (_, _) => 0),
        ["rjust"] = (machine, text, arguments) => Pad(machine, text, "rjust", arguments, (missing, _) => missing),
        ["zfill"] = ZeroFill,
        ["isalpha"] = (machine, text, _) => All1(machine, text, Rune.IsLetter),
        ["isdigit"] = (machine, text, _) => All1(machine, text, Rune.IsDigit),
        ["isdecimal"] = (machine, text, _) => All1(machine, text, Rune.IsDigit),
        ["isnumeric"] = (machine, text, _) => All1(machine, text, Rune.IsNumber),
        ["isalnum"] = (machine, text, _) => All1(machine, text, rune => Rune.IsLetter(rune) || Rune.IsNumber(rune)),
        ["isspace"] = (machine, text, _) => All1(machine, text, rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value)),
        ["isupper"] = (machine, text, _) => BoolValue.Of(Tests.IsCased(machine, text.Text, char.IsUpper, char.IsLower)),
        ["islower"] = (machine, text, _) => BoolValue.Of(Tests.IsCased(machine, text.Text, char.IsLower, char.IsUpper)),
    };

    public static FunctionValue? Find(TextValue text, string name) => All.TryGetValue(name, out var method) ? new FunctionValue(name, (machine, arguments) => method(machine, text, arguments)) : null;

    /// <summary>UTF-16 units of a text with their marks.</summary>
    public static TextValue Units(Machine machine, TextValue text, int start, int end) =>
        start == 0 && end == text.Text.Length ? text : new TextBuilder(machine).Append(text, start, end - start).ToValue(text.IsSafe);

    public static TextValue Replace(Machine machine, TextValue text, TextValue old, TextValue replacement, long most)
    {
        if (most < 0) most = long.MaxValue;
        var (output, done) = (new TextBuilder(machine), 0);
        if (old.Text.Length == 0)
        {
            // Between all characters, and at both ends.
            for (var i = 0; i <= text.Length; i++)
            {
                if (i < most) output.Append(replacement);
                if (i < text.Length) output.Append(Slicing.Character(machine, text, i));
            }
            return output.ToValue(text.IsSafe);
        }
        for (var times = 0; times < most && TextSearch.IndexOf(machine, text.Text, old.Text, done) is >= 0 and var found; times++)
        {
            output.Append(text, done, found - done).Append(replacement);
            done = found + old.Text.Length;
        }
        return output.Append(text, done, text.Text.Length - done).ToValue(text.IsSafe);
    }

    /// <summary>The lines of a text, as str.splitlines cuts them.</summary>
    public static List<TextValue> Lines(Machine machine, TextValue text, bool keepEnds)
    {
        machine.Charge(text.Text.Length / 8);
        var (lines, start) = (new List<TextValue>(), 0);
        for (var i = 0; i < text.Text.Length;)
        {
            var end = PythonText.LineEnd(text.Text.AsSpan(i));
            if (end == 0 && ++i < text.Text.Length) continue;
            lines.Add(Units(machine, text, start, keepEnds ? i + end : i));
            machine.ChargeItems(1);
            start = i += end;
        }
        return lines;
    }

    public static TextValue Required(Machine machine, string method, Value? value) => value as TextValue
        ?? throw machine.Error(value is UndefinedValue undefined ? undefined.Problem : $"{method} takes a text, and {(value is null ? "nothing" : "a " + value.TypeName)} was given");

    private static TextValue One(Machine machine, string method, CallArguments arguments) => Required(machine, method, arguments.Bind(machine, method, "text")[0]);

    private static List<TextValue> Options(Machine machine, string method, CallArguments arguments)
    {
        var value = arguments.Bind(machine, method, "text")[0];
        if (value is not SequenceValue { IsTuple: true } tuple) return [Required(machine, method, value)];
        machine.ChargeItems(tuple.Items.Count);
        return tuple.Items.ConvertAll(item => Required(machine, method, item));
    }

    private static TextValue Cased(Machine machine, TextValue text, Func<Rune, Rune?, Rune> change, Func<int, string?>? longer = null)
    {
        var output = new TextBuilder(machine);
        Span<char> units = stackalloc char[2];
        Rune? before = null;
        for (var i = 0; i < text.Text.Length;)
        {
            if (!Rune.TryGetRuneAt(text.Text, i, out var rune))
            {
                output.Append(text, i++, 1);
                continue;
            }
            var changed = change(rune, before);
            before = rune;
            if (longer?.Invoke(rune.Value) is { } several) output.Append(several, text.MarkAt(i));
            else if (changed == rune) output.Append(text, i, rune.Utf16SequenceLength);
            else output.Append(units[..changed.EncodeToUtf16(units)], text.MarkAt(i));
            i += rune.Utf16SequenceLength;
        }
        return output.ToValue(text.IsSafe);
    }

    private static TextValue Join(Machine machine, TextValue text, CallArguments arguments)
    {
        var parts = machine.Iterate(arguments.Bind(machine, "join", "iterable")[0] ?? throw machine.Error("join takes the texts to join"));
        var output = new TextBuilder(machine);
        for (var i = 0; i < parts.Count; i++) (i > 0 ? output.Append(text) : output).Append(Required(machine, "join", parts[i]));
        return output.ToValue(text.IsSafe);
    }

    private static string? UpperOf(int letter) => letter switch
    {
        'ß' => "SS",
        'ŉ' => "ʼN",
        'ǰ' => "J̌",
        'ﬀ' => "FF",
        'ﬁ' => "FI",
        'ﬂ' => "FL",
        'ﬃ' => "FFI",
        'ﬄ' => "FFL",
        'ﬅ' or 'ﬆ' => "ST",
        _ => null,
    };

    private static TextValue Strip(Machine machine, TextValue text, CallArguments arguments, bool left, bool right)
    {
        var given = arguments.Bind(machine, "strip", "chars")[0];
        machine.Charge(given is TextValue { Text.Length: var several } ? several / 4 : 0);
        var set = given is null or NoneValue ? null : new HashSet<char>(Required(machine, "strip", given).Text);
        var (start, end) = (0, text.Text.Length);
        while (left && start < end && Goes(text.Text[start])) start++;
        while (right && end > start && Goes(text.Text[end - 1])) end--;
        machine.Charge((text.Text.Length - end + start) / 8);
        return Units(machine, text, start, end);

        bool Goes(char c) => set is null ? PythonText.IsSpace(c) : set.Contains(c);
    }

    private static TextValue ReplaceMethod(Machine machine, TextValue text, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "replace", "old", "new", "count");
        var count = given[2] is null ? -1 : Numbers.TryLong(given[2], out var most) ? most : throw machine.Error("the count of replace is an integer");
        return Replace(machine, text, Required(machine, "replace", given[0]), Required(machine, "replace", given[1]), count);
    }

    private static long Place(Machine machine, TextValue text, string method, CallArguments arguments, bool fromEnd)
    {
        var given = arguments.Bind(machine, method, "text", "start", "end");
        var part = Required(machine, method, given[0]).Text;
        var (start, end) = (Bound(given[1], 0), Bound(given[2], text.Length));
        if (start > end) return -1;
        var (from, to) = (text.UnitOf(start), text.UnitOf(end));
        var found = fromEnd ? TextSearch.LastIndexOf(machine, text.Text, part, to) : TextSearch.IndexOf(machine, text.Text, part, from);
        return found < from || found + part.Length > to ? -1 : text.CodePointOf(found);

        int Bound(Value? value, int otherwise) => value is null or NoneValue || !Numbers.TryLong(value, out var number) ? otherwise
            : (int)Math.Clamp(number < 0 ? number + text.Length : number, 0, text.Length);
    }

    private static int Count(Machine machine, TextValue text, TextValue part)
    {
        if (part.Text.Length == 0) return text.Length + 1;
        var count = 0;
        for (var at = 0; (at = TextSearch.IndexOf(machine, text.Text, part.Text, at)) >= 0; at += part.Text.Length) count++;
        return count;
    }

    private static TextValue Pad(Machine machine, TextValue text, string method, CallArguments arguments, Func<int, int, int> before)
    {
        var given = arguments.Bind(machine, method, "width", "fillchar");
        if (!Numbers.TryLong(given[0], out var width)) throw machine.Error($"{method} takes a width");
        var fill = given[1] is null ? new TextValue(" ") : Required(machine, method, given[1]);
        var missing = (int)Math.Clamp(width - text.Length, 0, int.MaxValue / 2);
        machine.ChargeText(missing);
        var left = before(missing, (int)Math.Clamp(width, 0, int.MaxValue));
        var output = new TextBuilder(machine);
        for (var i = 0; i < left; i++) output.Append(fill);
        output.Append(text);
        for (var i = left; i < missing; i++) output.Append(fill);
        return output.ToValue(text.IsSafe);
    }

    private static TextValue ZeroFill(Machine machine, TextValue text, CallArguments arguments)
    {
        if (!Numbers.TryLong(arguments.Bind(machine, "zfill", "width")[0], out var width)) throw machine.Error("zfill takes a width");
        var missing = (int)Math.Clamp(width - text.Length, 0, int.MaxValue / 2);
        machine.ChargeText(missing);
        var sign = text.Text is ['+' or '-', ..] ? 1 : 0;
        return new TextBuilder(machine).Append(text, 0, sign).Append(new string('0', missing)).Append(text, sign, text.Text.Length - sign).ToValue(text.IsSafe);
    }

    /// <summary>A text that is held against another: that costs less than to copy it.</summary>
    private static string Compared(Machine machine, TextValue part)
    {
        machine.Charge(part.Text.Length / 64);
        return part.Text;
    }

    private static BoolValue All1(Machine machine, TextValue text, Func<Rune, bool> test)
    {
        machine.Charge(text.Text.Length / 8);
        foreach (var rune in text.Text.EnumerateRunes())
            if (!test(rune)) return BoolValue.Of(false);
        return BoolValue.Of(text.Text.Length > 0);
    }
}
