namespace Puna.Text;

/// <summary>Words of a text: runs of characters that are not white space.</summary>
internal static class WordList
{
    /// <summary>Where the words begin and end.</summary>
    public static List<Range> Split(ReadOnlySpan<char> text)
    {
        var words = new List<Range>(text.Length / 6 + 1);
        for (var at = 0; at < text.Length;)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at])) at++;
            if (at > start) words.Add(start..at);
        }
        return words;
    }

    /// <summary>A 64-bit hash of a word in lower case without punctuation at its ends (FNV-1a, mixed as in MurmurHash3's finalizer).</summary>
    public static ulong Hash(ReadOnlySpan<char> word)
    {
        while (word.Length > 1 && !char.IsLetterOrDigit(word[0]) && !char.IsSurrogate(word[0])) word = word[1..];
        while (word.Length > 1 && !char.IsLetterOrDigit(word[^1]) && !char.IsSurrogate(word[^1])) word = word[..^1];
        var hash = 14695981039346656037ul;
        foreach (var character in word) hash = (hash ^ char.ToLowerInvariant(character)) * 1099511628211ul;
        return Mix(hash);
    }

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCDul;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53ul;
        return value ^ (value >> 33);
    }
}
