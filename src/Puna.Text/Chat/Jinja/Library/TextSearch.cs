namespace Puna.Text.Jinja;

/// <summary>Finds text in text in time linear in both, whatever they hold: a template and its messages come from anywhere.</summary>
internal static class TextSearch
{
    private const int ShortPattern = 16;

    /// <summary>The first UTF-16 unit at or behind a start where the pattern stands, or -1.</summary>
    public static int IndexOf(Machine machine, string text, string pattern, int start)
    {
        machine.Charge(pattern.Length / 4);
        var found = pattern.Length <= ShortPattern ? text.IndexOf(pattern, start, StringComparison.Ordinal) : KnuthMorrisPratt(text, pattern, start);
        machine.Charge(((found < 0 ? text.Length : found) - start) / 8 + 1);
        return found;
    }

    /// <summary>The last place where the pattern stands and ends at or before an end, or -1.</summary>
    public static int LastIndexOf(Machine machine, string text, string pattern, int end)
    {
        var last = -1;
        for (var at = 0; (at = IndexOf(machine, text, pattern, at)) >= 0 && at + pattern.Length <= end; at++)
        {
            last = at;
            if (at == text.Length) break;
        }
        return last;
    }

    private static int KnuthMorrisPratt(string text, string pattern, int start)
    {
        var borders = new int[pattern.Length];
        for (int i = 1, border = 0; i < pattern.Length; i++)
        {
            while (border > 0 && pattern[i] != pattern[border]) border = borders[border - 1];
            if (pattern[i] == pattern[border]) border++;
            borders[i] = border;
        }
        for (int i = start, matched = 0; i < text.Length; i++)
        {
            while (matched > 0 && text[i] != pattern[matched]) matched = borders[matched - 1];
            if (text[i] == pattern[matched]) matched++;
            if (matched == pattern.Length) return i - matched + 1;
        }
        return -1;
    }
}
