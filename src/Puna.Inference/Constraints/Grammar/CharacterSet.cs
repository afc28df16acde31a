namespace Puna.Inference;

/// <summary>A set of Unicode code points, as ascending ranges that do not touch. Surrogates are never in it: no UTF-8 text has them. Never changes.</summary>
internal sealed class CharacterSet
{
    private const int Last = 0x10FFFF;

    private CharacterSet(IReadOnlyList<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>Every character.</summary>
    public static CharacterSet All { get; } = Of([(0, Last)]);

    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    public bool IsEmpty => Ranges.Count == 0;

    public static CharacterSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges.SelectMany(WithoutSurrogates).OrderBy(range => range.First))
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1) merged[^1] = (merged[^1].First, Math.Max(last, merged[^1].Last));
            else merged.Add((first, last));
        }
        return new CharacterSet(merged);
    }

    public static CharacterSet Of(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    public static CharacterSet Range(int first, int last) => Of([(first, last)]);

    public CharacterSet Negated()
    {
        var (ranges, next) = (new List<(int, int)>(), 0);
        foreach (var (first, last) in Ranges)
        {
            if (first > next) ranges.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Last) ranges.Add((next, Last));
        return Of(ranges);
    }

    public CharacterSet And(CharacterSet other) => Negated().Or(other.Negated()).Negated();

    public CharacterSet Without(CharacterSet other) => And(other.Negated());

    public CharacterSet Or(CharacterSet other) => Of(Ranges.Concat(other.Ranges));

    public bool Contains(int character) => Ranges.Any(range => character >= range.First && character <= range.Last);

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < 0xD800 && range.First <= range.Last) yield return (range.First, Math.Min(range.Last, 0xD7FF));
        if (range.Last > 0xDFFF && range.First <= range.Last) yield return (Math.Max(range.First, 0xE000), range.Last);
    }
}
