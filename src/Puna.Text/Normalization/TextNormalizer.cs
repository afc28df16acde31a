using System.Buffers;

namespace Puna.Text;

/// <summary>Prepares text for a SentencePiece tokenizer: character rules, spaces, the space put before a text. It never changes, so any number of threads may use one.</summary>
internal sealed class TextNormalizer
{
    public const char Space = '\u2581';

    // A rule gives 18 characters for one at most in Unicode; more than this is a file made to eat the memory.
    private const int MostTimes = 64, Always = 1 << 16;
    private readonly CharsMap? rules;
    private readonly SymbolMatcher verbatim;
    private readonly bool prefix, squeeze, whitespaceAsSuffix;
    private readonly char space;
    private readonly string name;

    // With rules: ASCII that stays what it is before ASCII. Without: what must be looked at, where the text has surrogates and where it has none.
    private readonly SearchValues<char> plain, marks, marksAndHalves;
    private readonly bool hasPlainSpace;

    public TextNormalizer(SentencePieceNormalizerSpec spec, bool whitespaceAsSuffix, SymbolMatcher verbatim, string name)
    {
        (this.whitespaceAsSuffix, this.verbatim, this.name) = (whitespaceAsSuffix, verbatim, name);
        rules = spec.CharsMap.Length == 0 ? null : new CharsMap(spec.CharsMap, name);
        (prefix, squeeze, space) = (spec.AddDummyPrefix, spec.RemoveExtraWhitespaces, spec.EscapeWhitespaces ? Space : ' ');
        var firsts = verbatim.FirstCharacters.ToArray();
        plain = SearchValues.Create([.. Enumerable.Range(1, 127).Select(c => (char)c).Where(c => c != ' ' && !firsts.Contains(c) && rules?.LeavesAlone(c) != false)]);
        char[] all = squeeze ? [' ', .. firsts] : firsts;
        marks = SearchValues.Create(all);
        marksAndHalves = SearchValues.Create([.. all, .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);
        hasPlainSpace = !firsts.Contains(' ') && rules?.LeavesAlone(' ') != false;
    }

    /// <summary>What separates words in prepared text.</summary>
    public char WordSpace => space;

    public string Normalize(ReadOnlySpan<char> text, bool continuation)
    {
        var output = new CharBuffer();
        Normalize(text, continuation, output);
        return output.Written.ToString();
    }

    /// <summary>Adds the prepared text to a buffer.</summary>
    /// <exception cref="InvalidDataException">The rules make far more of the text than it was.</exception>
    public void Normalize(ReadOnlySpan<char> text, bool continuation, CharBuffer output)
    {
        if (text.IsEmpty) return;
        var most = Always + ((long)MostTimes * text.Length) + output.Length;
        var symbols = new SymbolFinder(verbatim, text);
        var at = 0;
        if (squeeze && !continuation)
        {
            while (at < text.Length && Next(text, at, ref symbols, out var used, out var only) && only is " ") at += used;
            if (at == text.Length) return;
        }
        if (prefix && !whitespaceAsSuffix && !continuation) output.Append(space);
        var afterSpace = squeeze && !continuation;
        var attention = text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? marks : marksAndHalves;
        while (at < text.Length)
        {
            if (PlainRun(text[at..], attention) is > 0 and var run)
            {
                text.Slice(at, run).Replace(output.Extend(run), ' ', space);
                at += run;
                afterSpace = false;
                continue;
            }
            if (hasPlainSpace && text[at] == ' ' && (rules is null || at + 1 == text.Length || text[at + 1] < 0x80))
            {
                if (!afterSpace) output.Append(space);
                at++;
                afterSpace = squeeze;
                continue;
            }
            var piece = Next(text, at, ref symbols, out var used, out var replacement) ? replacement : text.Slice(at, used);
            at += used;
            if (afterSpace) piece = piece.TrimStart(' ');
            if (piece.IsEmpty) continue;
            foreach (var c in piece) output.Append(c == ' ' ? space : c);
            afterSpace = squeeze && piece[^1] == ' ';
            if (output.Length > most) throw new InvalidDataException($"{name}: the character rules make more than {output.Length} characters of a text of {text.Length}; a tokenizer's rules keep a text about as long as it is.");
        }
        // The space before the text goes with the others where nothing else is left.
        if (squeeze) output.TrimEnd(space);
        if (prefix && whitespaceAsSuffix && !continuation) output.Append(space);
    }

    /// <summary>How many characters from here on are known to stay; spaces among them where every space counts and no rules are there.</summary>
    private int PlainRun(ReadOnlySpan<char> text, SearchValues<char> attention)
    {
        var run = rules is null ? text.IndexOfAny(attention) : text.IndexOfAnyExcept(plain);
        if (run < 0) return text.Length;
        // A character that is not ASCII may belong to a rule together with the one before it.
        return rules is not null && run > 0 && text[run] >= 0x80 ? run - 1 : run;
    }

    /// <summary>The next unit: a symbol taken as it is, the longest rule, or one character. True where something replaces it.</summary>
    private bool Next(ReadOnlySpan<char> text, int at, ref SymbolFinder symbols, out int used, out ReadOnlySpan<char> replacement)
    {
        replacement = default;
        if ((used = symbols.LengthAt(at)) > 0) return false;
        if (rules is not null && (used = rules.Match(text[at..], out var other)) > 0)
        {
            replacement = other;
            return true;
        }
        used = 1;
        if (text[at] == ' ') replacement = " ";
        else if (char.IsSurrogate(text[at]))
        {
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1])) used = 2;
            else replacement = "\uFFFD";
        }
        return replacement.Length > 0;
    }
}
