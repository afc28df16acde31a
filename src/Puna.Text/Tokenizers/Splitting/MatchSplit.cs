namespace Puna.Text;

/// <summary>What becomes of the matches of a rule; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>A word of its own.</summary>
    Isolated,

    /// <summary>Dropped.</summary>
    Removed,

    /// <summary>The end of the word before it.</summary>
    MergedWithPrevious,

    /// <summary>The start of the word behind it.</summary>
    MergedWithNext,

    /// <summary>One word with the matches next to it.</summary>
    Contiguous,
}

/// <summary>Cuts at the places where something is found.</summary>
internal abstract class MatchSplit(SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    /// <summary>The next place at or behind <paramref name="from"/>; false where there is none. An empty match is skipped.</summary>
    protected abstract bool Next(ReadOnlySpan<char> text, ref object? state, int from, out int start, out int length);

    public sealed override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        object? state = null;
        var joiner = new Joiner(behavior, words);
        for (var from = 0; from < text.Length;)
        {
            var found = Next(text, ref state, from, out var start, out var length);
            if (!found) (start, length) = (text.Length, 0);
            if (start > from) joiner.Add(text, from, start, isMatch: invert);
            if (length > 0) joiner.Add(text, start, start + length, isMatch: !invert);
            from = start + length;
        }
        joiner.End(text);
    }

    /// <summary>Joins neighbours as the behaviour says; what is joined is always one stretch of the text.</summary>
    private ref struct Joiner(SplitBehavior behavior, WordSink words)
    {
        private int start, end;
        private bool isPending, previousIsMatch;

        public void Add(ReadOnlySpan<char> text, int from, int to, bool isMatch)
        {
            var joins = isPending && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !previousIsMatch,
                SplitBehavior.MergedWithNext => previousIsMatch && !isMatch,
                SplitBehavior.Contiguous => isMatch == previousIsMatch,
                _ => false,
            };
            if (!joins)
            {
                End(text);
                start = from;
            }
            (end, previousIsMatch) = (to, isMatch);
            isPending = behavior != SplitBehavior.Removed || !isMatch;
        }

        public void End(ReadOnlySpan<char> text)
        {
            if (isPending) words.Add(text[start..end]);
            isPending = false;
        }
    }
}
