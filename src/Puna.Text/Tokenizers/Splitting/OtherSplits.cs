using System.Text;

namespace Puna.Text;

/// <summary>A fixed text.</summary>
internal sealed class LiteralSplit(string literal, SplitBehavior behavior, bool invert) : MatchSplit(behavior, invert)
{
    protected override bool Next(ReadOnlySpan<char> text, ref object? state, int from, out int start, out int length)
    {
        var found = text[from..].IndexOf(literal);
        (start, length) = found < 0 ? (text.Length, 0) : (from + found, literal.Length);
        return found >= 0;
    }
}

/// <summary>
/// SentencePiece's spelling of spaces, as tokenizer.json's Metaspace has it: a mark for every space, one before the text where the scheme says so, and
/// where <paramref name="splits"/> is set a word begins at each mark.
/// </summary>
/// <param name="mark">The character for a space.</param>
/// <param name="scheme">Where a mark is put before: always, first (only at the start of everything) or never.</param>
/// <param name="splits">Whether words begin at marks.</param>
internal sealed class MetaspaceSplit(char mark, string scheme, bool splits) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        var marked = text.ToString().Replace(' ', mark);
        var wants = scheme == "always" ? place != TextPlace.Continuation : scheme == "first" && place == TextPlace.Start;
        if (wants && !marked.StartsWith(mark)) marked = mark + marked;
        if (!splits)
        {
            if (marked.Length > 0) words.Add(marked);
            return;
        }
        for (var from = 0; from < marked.Length;)
        {
            var next = marked.IndexOf(mark, from + 1);
            if (next < 0) next = marked.Length;
            words.Add(marked.AsSpan(from, next - from));
            from = next;
        }
    }
}

/// <summary>Puts a space before text that has none, as tokenizer.json's ByteLevel does on request.</summary>
internal sealed class SpaceBefore(PreTokenizer rule) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        if (place == TextPlace.Continuation || text.IsEmpty || text[0] == ' ') rule.Split(text, place, words);
        else rule.Split(string.Concat(" ", text), place, words);
    }
}

/// <summary>Spells the UTF-8 of each word in the <see cref="ByteAlphabet"/>, for rules that come after it and see that spelling.</summary>
internal sealed class ByteSpelling : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        if (!text.IsEmpty) words.Add(ByteAlphabet.Spell(Encoding.UTF8.GetBytes(text.ToArray())));
    }
}
