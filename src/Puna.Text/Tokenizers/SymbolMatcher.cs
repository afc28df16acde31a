using System.Buffers;

namespace Puna.Text;

/// <summary>Finds whole symbols in text, the longest at each place. Few symbols, long text: so skip to first characters quickly.</summary>
internal sealed class SymbolMatcher
{
    private readonly Dictionary<char, Group> byFirst;
    private readonly SearchValues<char> firsts;

    public SymbolMatcher(IEnumerable<string> symbols)
    {
        byFirst = symbols.Where(s => s.Length > 0).GroupBy(s => s[0]).ToDictionary(g => g.Key, g => new Group(Prefix([.. g]), [.. g.OrderByDescending(s => s.Length)]));
        firsts = SearchValues.Create(byFirst.Keys.ToArray());
    }

    // What the symbols of one first character all begin with tells most places apart without looking at each.
    private readonly record struct Group(string Prefix, string[] Symbols);

    public bool IsEmpty => byFirst.Count == 0;

    /// <summary>Length of the longest symbol that the text starts with, 0 where there is none.</summary>
    public int Match(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !byFirst.TryGetValue(text[0], out var group) || !text.StartsWith(group.Prefix, StringComparison.Ordinal)) return 0;
        foreach (var symbol in group.Symbols)
            if (text.StartsWith(symbol, StringComparison.Ordinal)) return symbol.Length;
        return 0;
    }

    public bool Next(ReadOnlySpan<char> text, out int start, out int length)
    {
        length = 0;
        for (start = 0; start < text.Length; start++)
        {
            var step = text[start..].IndexOfAny(firsts);
            if (step < 0) break;
            start += step;
            length = Match(text[start..]);
            if (length > 0) return true;
        }
        start = text.Length;
        return false;
    }

    private static string Prefix(string[] symbols)
    {
        var length = symbols.Aggregate(symbols[0].Length, (shared, symbol) => Math.Min(shared, symbol.AsSpan().CommonPrefixLength(symbols[0])));
        return symbols[0][..length];
    }
}
