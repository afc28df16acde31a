namespace Puna.Text.Jinja;

/// <summary>A string whose characters are marked. Python counts code points, .NET UTF-16 units: the members say which they take.</summary>
internal sealed class TextValue : Value
{
    private readonly MarkRun[] _runs;
    private int[]? _starts;

    public TextValue(string text, MarkRun[]? runs = null, bool isSafe = false)
    {
        Text = text;
        _runs = runs ?? [];
        IsSafe = isSafe;
        IsNarrow = !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');
    }

    private TextValue(TextValue same, bool isSafe) => (Text, _runs, _starts, IsNarrow, IsSafe) = (same.Text, same._runs, same._starts, same.IsNarrow, isSafe);

    public TextValue(string text, Mark mark) : this(text, mark == default || text.Length == 0 ? null : [new MarkRun(text.Length, mark)])
    {
    }

    public static TextValue Empty { get; } = new("");

    public string Text { get; }

    /// <summary>The marks, first to last; empty where all is the template's.</summary>
    public ReadOnlySpan<MarkRun> Runs => _runs;

    /// <summary>Whether it counts as escaped already (Python's Markup): joined to other text by +, that is escaped first.</summary>
    public bool IsSafe { get; }

    /// <summary>Whether each character is one UTF-16 unit.</summary>
    public bool IsNarrow { get; }

    public override string TypeName => IsSafe ? "Markup" : "str";

    public override bool IsTrue => Text.Length > 0;

    /// <summary>Number of code points.</summary>
    public int Length => IsNarrow ? Text.Length : Starts.Length - 1;

    private int[] Starts => _starts ??= FindStarts(Text);

    /// <summary>The UTF-16 unit at which a code point begins; the number of units for <see cref="Length"/>.</summary>
    public int UnitOf(int codePoint) => IsNarrow ? codePoint : Starts[codePoint];

    /// <summary>The code point that begins at a UTF-16 unit.</summary>
    public int CodePointOf(int unit)
    {
        if (IsNarrow) return unit;
        var found = Array.BinarySearch(Starts, unit);
        return found < 0 ? ~found - 1 : found;
    }

    /// <summary>The mark of a UTF-16 unit.</summary>
    public Mark MarkAt(int unit) => _runs.Length == 0 ? default : _runs[RunAt(unit)].Mark;

    /// <summary>The number of the run that holds a UTF-16 unit; 0 where there are no runs.</summary>
    public int RunAt(int unit)
    {
        var (low, high) = (0, _runs.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_runs[middle].End > unit) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>The stretches of UTF-16 units whose mark fits, first to last, as long as can be.</summary>
    public List<Range> Where(Func<Mark, bool> fits)
    {
        var found = new List<Range>();
        var start = 0;
        foreach (var run in _runs.Length == 0 && Text.Length > 0 ? [new MarkRun(Text.Length, default)] : _runs)
        {
            if (fits(run.Mark))
            {
                if (found.Count > 0 && found[^1].End.Value == start) found[^1] = found[^1].Start..run.End;
                else found.Add(start..run.End);
            }
            start = run.End;
        }
        return found;
    }

    public TextValue WithSafety(bool isSafe) => isSafe == IsSafe ? this : new TextValue(this, isSafe);

    // Half of a pair by itself counts as one.
    private static int[] FindStarts(string text)
    {
        var starts = new List<int>(text.Length + 1);
        for (var unit = 0; unit < text.Length; unit++)
        {
            starts.Add(unit);
            if (char.IsHighSurrogate(text[unit]) && unit + 1 < text.Length && char.IsLowSurrogate(text[unit + 1])) unit++;
        }
        starts.Add(text.Length);
        return [.. starts];
    }
}
