using System.Text;

namespace Puna.Text;

/// <summary>Prepares text for a SentencePiece tokenizer: character rules, spaces, the space put before a text.</summary>
internal sealed class TextNormalizer(SentencePieceNormalizerSpec spec, bool whitespaceAsSuffix, SymbolMatcher verbatim, string name)
{
    public const char Space = '\u2581';
    private readonly CharsMap? rules = spec.CharsMap.Length == 0 ? null : new CharsMap(spec.CharsMap, name);
    private readonly bool prefix = spec.AddDummyPrefix;
    private readonly bool squeeze = spec.RemoveExtraWhitespaces;
    private readonly char space = spec.EscapeWhitespaces ? Space : ' ';

    public string Normalize(ReadOnlySpan<char> text, bool continuation)
    {
        if (text.IsEmpty) return "";
        var output = new StringBuilder(text.Length + (text.Length / 8) + 4);
        if (squeeze && !continuation)
        {
            while (!text.IsEmpty && Next(text, out var used, out var only) && only is " ") text = text[used..];
            if (text.IsEmpty) return "";
        }
        if (prefix && !whitespaceAsSuffix && !continuation) output.Append(space);
        var afterSpace = squeeze && !continuation;
        var given = text.Length;
        while (!text.IsEmpty)
        {
            ReadOnlySpan<char> piece = Next(text, out var used, out var replacement) ? replacement : text[..used];
            text = text[used..];
            if (afterSpace) piece = piece.TrimStart(' ');
            if (piece.IsEmpty) continue;
            foreach (var c in piece) output.Append(c == ' ' ? space : c);
            Growth.Check(given, output.Length);
            afterSpace = squeeze && piece[^1] == ' ';
        }
        if (squeeze)
            while (output.Length > 0 && output[^1] == space) output.Length--;
        if (prefix && whitespaceAsSuffix && !continuation) output.Append(space);
        return output.ToString();
    }

    /// <summary>The next unit: a symbol taken as it is, the longest rule, or one character. True where something replaces it.</summary>
    private bool Next(ReadOnlySpan<char> text, out int used, out string replacement)
    {
        replacement = "";
        if (!verbatim.IsEmpty && (used = verbatim.Match(text)) > 0) return false;
        if (rules is not null && (used = rules.Match(text, out replacement)) > 0) return true;
        used = 1;
        if (text[0] == ' ') replacement = " ";
        else if (char.IsSurrogate(text[0]))
        {
            if (text.Length > 1 && char.IsSurrogatePair(text[0], text[1])) used = 2;
            else replacement = "\uFFFD";
        }
        return replacement.Length > 0;
    }
}
