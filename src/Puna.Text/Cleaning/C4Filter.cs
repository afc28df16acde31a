using System.Text;

namespace Puna.Text;

/// <summary>
/// C4's heuristics. Source: Raffel et al., «Exploring the limits of transfer learning with a unified text-to-text transformer», JMLR 21 (2020), section 2.2:
/// only lines that end in a terminal punctuation mark and have at least 5 words are kept, lines about JavaScript and policies go, citation marks as in
/// Wikipedia go; pages with «lorem ipsum» or a curly bracket go, and pages of fewer than 3 sentences. The list of bad words and the language detection of
/// the paper are not applied. Meant for web pages: code and verse do not survive it.
/// </summary>
public sealed class C4Filter : QualityFilter
{
    private const int MinimumSentences = 3, MinimumWords = 5;
    private static readonly string[] Policies = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];

    /// <inheritdoc/>
    public override string Name => "c4";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reasons { get; } = ["lorem_ipsum", "curly_bracket", "too_few_sentences"];

    /// <inheritdoc/>
    public override string? Reject(ref string text)
    {
        if (text.Contains("lorem ipsum", StringComparison.OrdinalIgnoreCase)) return "lorem_ipsum";
        if (text.Contains('{')) return "curly_bracket";
        var kept = new StringBuilder(text.Length);
        var sentences = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = WithoutCitations(raw.Trim().ToString());
            if (!Keep(line)) continue;
            if (kept.Length > 0) kept.Append('\n');
            kept.Append(line);
            sentences += Sentences(line);
        }
        if (sentences < MinimumSentences) return "too_few_sentences";
        text = kept.ToString();
        return null;
    }

    private static bool Keep(string line)
    {
        if (line.Length == 0 || !(line[^1] is '.' or '!' or '?' or '"' or '”') || line.EndsWith("...", StringComparison.Ordinal)) return false;
        if (WordList.Split(line).Count < MinimumWords) return false;
        return !line.Contains("javascript", StringComparison.OrdinalIgnoreCase) && !Policies.Any(policy => line.Contains(policy, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Ends of sentences: a terminal mark, perhaps in quotes, before white space or the end.</summary>
    private static int Sentences(string line)
    {
        var count = 0;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] is not ('.' or '!' or '?')) continue;
            while (i + 1 < line.Length && line[i + 1] is '.' or '!' or '?' or '"' or '”' or ')') i++;
            if (i + 1 >= line.Length || char.IsWhiteSpace(line[i + 1])) count++;
        }
        return count;
    }

    /// <summary>Without [1], [12] and [citation needed].</summary>
    private static string WithoutCitations(string line)
    {
        if (!line.Contains('[')) return line;
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '[' && line.IndexOf(']', i) is > 0 and var end && IsCitation(line.AsSpan(i + 1, end - i - 1))) i = end;
            else text.Append(line[i]);
        }
        return text.ToString();
    }

    private static bool IsCitation(ReadOnlySpan<char> mark) => mark is "citation needed" or "edit" || (mark.Length is > 0 and < 4 && mark.IndexOfAnyExceptInRange('0', '9') < 0);
}
