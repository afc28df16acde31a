namespace Puna.Text;

/// <summary>
/// MassiveText's repetition filter. Source: Rae et al. (Gopher), 2021, appendix A1.1, table A1: largest shares of repeated lines (0.30) and paragraphs (0.30),
/// of the characters in them (0.20 each), of the characters in the most frequent 2-, 3- and 4-gram of words (0.20, 0.18, 0.16) and in all repeated
/// 5- to 10-grams (0.15 down to 0.10).
/// </summary>
public sealed class GopherRepetitionFilter : QualityFilter
{
    private static readonly double[] Top = [0.20, 0.18, 0.16];
    private static readonly double[] Repeated = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10];

    /// <inheritdoc/>
    public override string Name => "gopher-repetition";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reasons { get; } =
    [
        "duplicate_lines", "duplicate_line_characters", "duplicate_paragraphs", "duplicate_paragraph_characters",
        .. Enumerable.Range(2, Top.Length).Select(n => $"top_{n}_gram"), .. Enumerable.Range(5, Repeated.Length).Select(n => $"duplicate_{n}_grams"),
    ];

    /// <inheritdoc/>
    public override string? Reject(ref string text)
    {
        var (lines, lineCharacters) = Duplicates(text, "\n");
        if (lines > 0.30) return "duplicate_lines";
        if (lineCharacters > 0.20) return "duplicate_line_characters";
        var (paragraphs, paragraphCharacters) = Duplicates(text, "\n\n");
        if (paragraphs > 0.30) return "duplicate_paragraphs";
        if (paragraphCharacters > 0.20) return "duplicate_paragraph_characters";
        var words = WordList.Split(text);
        var hashes = new ulong[words.Count];
        var lengths = new int[words.Count];
        var all = 0L;
        for (var i = 0; i < hashes.Length; i++)
        {
            var word = text.AsSpan(words[i]);
            (hashes[i], lengths[i]) = (WordList.Hash(word), word.Length);
            all += word.Length;
        }
        for (var n = 2; n <= 4; n++)
            if (TopShare(hashes, lengths, n) > Top[n - 2] * all) return $"top_{n}_gram";
        for (var n = 5; n <= 10; n++)
            if (RepeatedCharacters(hashes, lengths, n) > Repeated[n - 5] * all) return $"duplicate_{n}_grams";
        return null;
    }

    /// <summary>Which share of the parts, and of their characters, occurred before.</summary>
    private static (double Parts, double Characters) Duplicates(string text, string separator)
    {
        var seen = new HashSet<string>();
        var (count, repeated, characters, repeatedCharacters) = (0, 0, 0L, 0L);
        foreach (var part in text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            count++;
            characters += part.Length;
            if (seen.Add(part)) continue;
            repeated++;
            repeatedCharacters += part.Length;
        }
        return count == 0 ? (0, 0) : (repeated / (double)count, repeatedCharacters / (double)characters);
    }

    /// <summary>Characters in all occurrences of the n-gram that has most of them; none where each occurs once.</summary>
    private static long TopShare(ulong[] hashes, int[] lengths, int n)
    {
        var counts = new Dictionary<ulong, (int Count, int Length)>();
        for (var i = 0; i + n <= hashes.Length; i++)
        {
            var gram = Gram(hashes, i, n);
            var length = 0;
            for (var k = i; k < i + n; k++) length += lengths[k];
            counts[gram] = (counts.GetValueOrDefault(gram).Count + 1, length);
        }
        var top = 0L;
        foreach (var (count, length) in counts.Values)
            if (count > 1) top = Math.Max(top, (long)count * length);
        return top;
    }

    /// <summary>Characters in n-grams that occurred before, each character once.</summary>
    private static long RepeatedCharacters(ulong[] hashes, int[] lengths, int n)
    {
        var seen = new HashSet<ulong>();
        var (total, counted) = (0L, 0);
        for (var i = 0; i + n <= hashes.Length; i++)
        {
            if (seen.Add(Gram(hashes, i, n))) continue;
            for (counted = Math.Max(counted, i); counted < i + n; counted++) total += lengths[counted];
        }
        return total;
    }

    private static ulong Gram(ulong[] hashes, int start, int n)
    {
        var hash = (ulong)n;
        for (var i = start; i < start + n; i++) hash = WordList.Mix((hash * 0x9E3779B97F4A7C15ul) + hashes[i]);
        return hash;
    }
}
