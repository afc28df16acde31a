namespace Puna.Text;

/// <summary>
/// MassiveText's quality filter. Source: Rae et al., «Scaling language models: methods, analysis and insights from training Gopher», 2021, appendix A1.1,
/// «Quality filtering»: 50 to 100,000 words; mean word length 3 to 10; at most one symbol (hash or ellipsis) in ten words; less than 90 % of the lines
/// begin with a bullet, less than 30 % end in an ellipsis; 80 % of the words have a letter; at least two of eight common English words.
/// </summary>
public sealed class GopherQualityFilter : QualityFilter
{
    private static readonly HashSet<string> Common = ["the", "be", "to", "of", "and", "that", "have", "with"];
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> IsCommon = Common.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public override string Name => "gopher-quality";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reasons { get; } = ["word_count", "mean_word_length", "symbol_to_word_ratio", "bullet_lines", "ellipsis_lines", "alphabetic_words", "stop_words"];

    /// <inheritdoc/>
    public override string? Reject(ref string text)
    {
        var words = WordList.Split(text);
        if (words.Count is < 50 or > 100_000) return "word_count";
        var (letters, alphabetic) = (0L, 0);
        var common = new HashSet<string>();
        Span<char> lower = stackalloc char[8];
        foreach (var range in words)
        {
            var word = text.AsSpan(range);
            letters += word.Length;
            var hasLetter = false;
            foreach (var character in word) hasLetter |= char.IsLetter(character) || char.IsSurrogate(character);
            if (hasLetter) alphabetic++;
            if (word.Length > lower.Length) continue;
            word.ToLowerInvariant(lower);
            if (IsCommon.TryGetValue(lower[..word.Length].TrimEnd(".,;:!?"), out var found)) common.Add(found);
        }
        if (letters / (double)words.Count is < 3 or > 10) return "mean_word_length";
        if (Symbols(text) > 0.1 * words.Count) return "symbol_to_word_ratio";
        var (lines, bullets, ellipses) = (0, 0, 0);
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty) continue;
            lines++;
            if (line[0] is '•' or '‣' or '▪' or '●' or '-' or '*') bullets++;
            if (line.EndsWith("...") || line[^1] == '…') ellipses++;
        }
        if (bullets > 0.9 * lines) return "bullet_lines";
        if (ellipses > 0.3 * lines) return "ellipsis_lines";
        if (alphabetic < 0.8 * words.Count) return "alphabetic_words";
        return common.Count < 2 ? "stop_words" : null;
    }

    private static int Symbols(ReadOnlySpan<char> text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '#' or '…') count++;
            else if (text[i..].StartsWith("..."))
            {
                count++;
                while (i + 1 < text.Length && text[i + 1] == '.') i++;
            }
        }
        return count;
    }
}
