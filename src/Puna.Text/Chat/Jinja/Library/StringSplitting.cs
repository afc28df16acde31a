namespace Puna.Text.Jinja;

/// <summary>split, rsplit, partition and rpartition.</summary>
internal static class StringSplitting
{
    public static SequenceValue Split(Machine machine, TextValue text, CallArguments arguments, bool fromEnd)
    {
        var given = arguments.Bind(machine, "split", "sep", "maxsplit");
        var most = given[1] is null ? -1 : Numbers.TryLong(given[1], out var number) ? number : throw machine.Error("the maxsplit of split is an integer");
        if (most < 0) most = long.MaxValue;
        var cuts = given[0] is null or NoneValue ? Spaces(machine, text.Text) : Separators(machine, text.Text, StringMethods.Required(machine, "split", given[0]).Text);
        if (cuts.Count > most) cuts = fromEnd ? cuts.GetRange(cuts.Count - (int)most, (int)most) : cuts.GetRange(0, (int)most);
        var (parts, start, all) = (new List<Value>(), 0, text.Text.Length);
        if (given[0] is null or NoneValue)
        {
            // White space at the ends cuts nothing, also where the last cut was not made.
            while (start < all && PythonText.IsSpace(text.Text[start])) start++;
            while (fromEnd && all > start && PythonText.IsSpace(text.Text[all - 1])) all--;
            if (!fromEnd && cuts.Count < most) all = PythonText.TrimEnd(text.Text).Length;
            if (fromEnd && cuts.Count == most) start = 0;
            if (start >= all) return SequenceValue.List([]);
        }
        foreach (var (at, length) in cuts)
        {
            parts.Add(StringMethods.Units(machine, text, start, at));
            start = at + length;
        }
        parts.Add(StringMethods.Units(machine, text, start, all));
        machine.ChargeItems(parts.Count);
        return SequenceValue.List(parts);
    }

    public static SequenceValue Partition(Machine machine, TextValue text, CallArguments arguments, bool fromEnd)
    {
        var separator = StringMethods.Required(machine, "partition", arguments.Bind(machine, "partition", "sep")[0]);
        var (part, all) = (separator.Text, text.Text.Length);
        if (part.Length == 0) throw machine.Error("empty separator");
        var at = fromEnd ? TextSearch.LastIndexOf(machine, text.Text, part, all) : TextSearch.IndexOf(machine, text.Text, part, 0);
        if (at < 0) return fromEnd ? SequenceValue.Tuple(TextValue.Empty, TextValue.Empty, text) : SequenceValue.Tuple(text, TextValue.Empty, TextValue.Empty);
        return SequenceValue.Tuple(StringMethods.Units(machine, text, 0, at), StringMethods.Units(machine, text, at, at + part.Length), StringMethods.Units(machine, text, at + part.Length, all));
    }

    private static List<(int At, int Length)> Separators(Machine machine, string text, string separator)
    {
        if (separator.Length == 0) throw machine.Error("empty separator");
        var cuts = new List<(int, int)>();
        for (var at = 0; (at = TextSearch.IndexOf(machine, text, separator, at)) >= 0; at += separator.Length) cuts.Add((at, separator.Length));
        return cuts;
    }

    // The stretches of white space inside the text, without those at its ends.
    private static List<(int At, int Length)> Spaces(Machine machine, string text)
    {
        machine.ChargeText(text.Length);
        var cuts = new List<(int, int)>();
        for (var i = 0; i < text.Length; i++)
        {
            if (!PythonText.IsSpace(text[i])) continue;
            var start = i;
            while (i < text.Length && PythonText.IsSpace(text[i])) i++;
            if (start > 0 && i < text.Length) cuts.Add((start, i - start));
        }
        return cuts;
    }
}
