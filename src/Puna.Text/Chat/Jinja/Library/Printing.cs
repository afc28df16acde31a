using System.Text;

namespace Puna.Text.Jinja;

/// <summary>Values as text: str and repr of Python, and HTML escapes.</summary>
internal static class Printing
{
    /// <summary>A value as it prints.</summary>
    public static TextValue Text(Machine machine, Value value) => value switch
    {
        TextValue text => text,
        UndefinedValue => TextValue.Empty,
        _ => Repr(machine, value),
    };

    /// <summary>A value as Python's repr spells it. The structure of lists and mappings counts as given.</summary>
    public static TextValue Repr(Machine machine, Value value)
    {
        switch (value)
        {
            case NoneValue: return new TextValue("None");
            case BoolValue flag: return new TextValue(flag.Flag ? "True" : "False");
            case IntValue whole: return new TextValue(whole.Number.ToString());
            case FloatValue number: return new TextValue(Numbers.Repr(number.Number));
            case UndefinedValue: return new TextValue("Undefined");
        }
        var output = new TextBuilder(machine);
        Append(machine, output, value);
        return output.ToValue();
    }

    /// <summary>Replaces the five characters that mean something in HTML.</summary>
    public static TextValue Escape(Machine machine, TextValue text)
    {
        var output = new TextBuilder(machine);
        for (var i = 0; i < text.Text.Length; i++)
        {
            var escape = text.Text[i] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", '"' => "&#34;", _ => null };
            if (escape is null) output.Append(text, i, 1);
            else output.Append(escape, text.MarkAt(i));
        }
        return output.ToValue(isSafe: true);
    }

    private static void Append(Machine machine, TextBuilder output, Value value)
    {
        switch (value)
        {
            case TextValue text:
                if (text.IsSafe) output.Append("Markup(", Mark.Given);
                Quoted(output, text);
                if (text.IsSafe) output.Append(")", Mark.Given);
                break;
            case SequenceValue { Description: { } description }:
                output.Append(description, Mark.Given);
                break;
            case SequenceValue { Kind: SequenceKind.Generator }:
                output.Append("<generator object>", Mark.Given);
                break;
            case SequenceValue sequence:
                Sequence(machine, output, sequence);
                break;
            case DictValue dict:
                Dict(machine, output, dict);
                break;
            case NamespaceValue:
                output.Append("<Namespace>", Mark.Given);
                break;
            case CallableValue:
                output.Append($"<{value.TypeName}>", Mark.Given);
                break;
            default:
                output.Append(Repr(machine, value).Text, Mark.Given);
                break;
        }
    }

    private static void Sequence(Machine machine, TextBuilder output, SequenceValue sequence)
    {
        var isView = sequence.Kind is SequenceKind.Keys or SequenceKind.Values or SequenceKind.Items;
        output.Append(sequence.IsTuple ? "(" : isView ? sequence.TypeName + "([" : "[", Mark.Given);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (i > 0) output.Append(", ", Mark.Given);
            Inner(machine, output, sequence.Items[i]);
        }
        output.Append(!sequence.IsTuple ? isView ? "])" : "]" : sequence.Items.Count == 1 ? ",)" : ")", Mark.Given);
    }

    private static void Dict(Machine machine, TextBuilder output, DictValue dict)
    {
        output.Append("{", Mark.Given);
        var first = true;
        foreach (var (key, value) in dict.Entries)
        {
            if (!first) output.Append(", ", Mark.Given);
            first = false;
            Inner(machine, output, key);
            output.Append(": ", Mark.Given);
            Inner(machine, output, value);
        }
        output.Append("}", Mark.Given);
    }

    private static void Inner(Machine machine, TextBuilder output, Value value) => machine.Nested(() =>
    {
        Append(machine, output, value);
        return true;
    });

    private static void Quoted(TextBuilder output, TextValue text)
    {
        var quote = text.Text.Contains('\'') && !text.Text.Contains('"') ? '"' : '\'';
        output.Append([quote], Mark.Given);
        for (var i = 0; i < text.Text.Length;)
        {
            var length = Rune.TryGetRuneAt(text.Text, i, out var rune) ? rune.Utf16SequenceLength : 1;
            var escape = rune == default && text.Text[i] != '\0' ? $"\\u{(int)text.Text[i]:x4}" : PythonText.ReprEscape(rune, quote);
            if (escape is null) output.Append(text, i, length);
            else output.Append(escape, text.MarkAt(i));
            i += length;
        }
        output.Append([quote], Mark.Given);
    }
}
