using System.Buffers;

namespace Puna.Text;

/// <summary>
/// Finds whole symbols in text, the leftmost first and the longest of those, in time that grows with the text alone. Few symbols, long text: so it skips to
/// first characters quickly.
/// </summary>
internal sealed class SymbolMatcher
{
    private readonly PieceAutomaton automaton;
    private readonly SearchValues<char> firsts;

    public SymbolMatcher(IEnumerable<string> symbols)
    {
        string[] all = [.. symbols];
        automaton = new PieceAutomaton(all);
        FirstCharacters = all.Where(symbol => symbol.Length > 0).Select(symbol => symbol[0]).ToHashSet();
        firsts = SearchValues.Create(FirstCharacters.ToArray());
    }

    /// <summary>The characters that symbols begin with.</summary>
    public IReadOnlySet<char> FirstCharacters { get; }

    public bool IsEmpty => FirstCharacters.Count == 0;

    /// <summary>The leftmost symbol, the longest of those that begin there.</summary>
    public bool Next(ReadOnlySpan<char> text, out int start, out int length)
    {
        (start, length) = (text.Length, 0);
        var state = PieceAutomaton.Root;
        for (var at = 0; at < text.Length;)
        {
            if (state == PieceAutomaton.Root)
            {
                var step = text[at..].IndexOfAny(firsts);
                if (step < 0) break;
                at += step;
            }
            state = automaton.Step(state, text[at++]);
            // The longest that ends here begins leftmost.
            if (automaton.FirstOutput(state) is not PieceAutomaton.Root and var found && automaton.DepthOf(found) is var size && at - size <= start) (start, length) = (at - size, size);
            // What may still come begins where the state does.
            if (length > 0 && at - automaton.DepthOf(state) > start) break;
        }
        return length > 0;
    }
}

/// <summary>Says for one place of a text after the other how long the symbol is that begins there.</summary>
internal ref struct SymbolFinder(SymbolMatcher symbols, ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> text = text;
    private int start = -1, length;

    /// <summary>Length of the longest symbol that begins at a place, 0 where none does; places only go up.</summary>
    public int LengthAt(int at)
    {
        if (symbols.IsEmpty) return 0;
        if (start < at)
        {
            symbols.Next(text[at..], out start, out length);
            start += at;
        }
        return start == at ? length : 0;
    }
}
