namespace Puna.Text;

/// <summary>Where a stretch of text stands: it decides whether a space is put before it.</summary>
internal enum TextPlace
{
    /// <summary>At the start of everything.</summary>
    Start,

    /// <summary>Behind a special or an added token.</summary>
    AfterToken,

    /// <summary>Behind other text that was encoded apart: nothing is put before it.</summary>
    Continuation,
}

/// <summary>Takes the words of a text one after the other.</summary>
internal abstract class WordSink
{
    /// <summary>Takes a word, which is valid during the call only.</summary>
    public abstract void Add(ReadOnlySpan<char> word);
}

/// <summary>Cuts text into the words inside which a byte pair encoding merges. It never changes, so any number of threads may use one.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Hands the words of a text to a sink, none of them empty.</summary>
    public abstract void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words);
}

/// <summary>A rule that needs nothing but the text from a place on to say where the word that begins there ends.</summary>
internal abstract class ScanningSplit : PreTokenizer
{
    public sealed override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        while (!text.IsEmpty)
        {
            var length = First(text);
            words.Add(text[..length]);
            text = text[length..];
        }
    }

    /// <summary>Length of the first word, at least 1.</summary>
    internal abstract int First(ReadOnlySpan<char> text);
}

/// <summary>One rule after the other, each on the words of the one before.</summary>
internal sealed class SequenceSplit(IReadOnlyList<PreTokenizer> rules) : PreTokenizer
{
    public IReadOnlyList<PreTokenizer> Rules => rules;

    public override void Split(ReadOnlySpan<char> text, TextPlace place, WordSink words)
    {
        for (var i = rules.Count - 1; i > 0; i--) words = new Next(rules[i], place, words);
        if (rules.Count > 0) rules[0].Split(text, place, words);
        else if (!text.IsEmpty) words.Add(text);
    }

    private sealed class Next(PreTokenizer rule, TextPlace place, WordSink words) : WordSink
    {
        private TextPlace now = place;

        public override void Add(ReadOnlySpan<char> word)
        {
            rule.Split(word, now, words);
            if (now == TextPlace.Start) now = TextPlace.AfterToken;
        }
    }
}
