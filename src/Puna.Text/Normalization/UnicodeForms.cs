using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Unicode's normal forms NFC, NFD, NFKC and NFKD. The runtime leaves text as it is here, since the program runs without culture data, so the rules are
/// kept beside this file (Unicode 14). Source: Unicode Standard Annex 15.
/// </summary>
internal static class UnicodeForms
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;
    private static readonly Lazy<Rules> Loaded = new(Load);

    /// <summary>The text in a normal form. Half a surrogate pair becomes U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="compose">NFC or NFKC instead of NFD or NFKD.</param>
    /// <param name="compatibility">NFKC or NFKD instead of NFC or NFD.</param>
    public static string Normalize(string text, bool compose, bool compatibility)
    {
        if (Ascii.IsValid(text)) return text;
        var rules = Loaded.Value;
        var parts = new List<(int Code, int Class)>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, compatibility, rules, parts);
        Order(parts);
        if (compose) Compose(parts, rules);
        var output = new StringBuilder(parts.Count);
        foreach (var (code, _) in parts) output.Append(new Rune(code).ToString());
        return output.ToString();
    }

    private static void Decompose(int code, bool compatibility, Rules rules, List<(int Code, int Class)> output)
    {
        if (code - HangulBase is >= 0 and < HangulCount and var syllable)
        {
            output.Add((LeadBase + (syllable / (VowelCount * TailCount)), 0));
            output.Add((VowelBase + (syllable / TailCount % VowelCount), 0));
            if (syllable % TailCount > 0) output.Add((TailBase + (syllable % TailCount), 0));
        }
        else if (rules.Decompositions.TryGetValue(code, out var rule) && (compatibility || !rule.IsCompatibility))
        {
            foreach (var part in rule.Parts) Decompose(part, compatibility, rules, output);
        }
        else output.Add((code, rules.Classes.GetValueOrDefault(code)));
    }

    // Marks of a run stand in the order of their classes, equals as they were.
    private static void Order(List<(int Code, int Class)> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Class == 0) continue;
            var end = i;
            while (end < parts.Count && parts[end].Class != 0) end++;
            if (end - i > 1)
            {
                var sorted = parts[i..end].OrderBy(part => part.Class).ToArray();
                for (var k = 0; k < sorted.Length; k++) parts[i + k] = sorted[k];
            }
            i = end;
        }
    }

    private static void Compose(List<(int Code, int Class)> parts, Rules rules)
    {
        var (starter, kept, last) = (-1, 0, -1);
        for (var i = 0; i < parts.Count; i++)
        {
            var (code, order) = parts[i];
            // A mark reaches its starter over marks of lower classes; a starter only where nothing stands between.
            if (starter >= 0 && (last < order || last == -1) && Composed(parts[starter].Code, code, rules) is { } composed)
            {
                parts[starter] = (composed, 0);
                continue;
            }
            if (order == 0) (starter, last) = (kept, -1);
            else last = order;
            parts[kept++] = (code, order);
        }
        parts.RemoveRange(kept, parts.Count - kept);
    }

    private static int? Composed(int first, int second, Rules rules)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel) return HangulBase + (((lead * VowelCount) + vowel) * TailCount);
        if (first - HangulBase is >= 0 and < HangulCount and var syllable && syllable % TailCount == 0 && second - TailBase is > 0 and < TailCount and var tail) return first + tail;
        return rules.Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private sealed record Rules(Dictionary<int, int> Classes, Dictionary<int, (int[] Parts, bool IsCompatibility)> Decompositions, Dictionary<(int, int), int> Compositions);

    private static Rules Load()
    {
        var rules = new Rules([], [], []);
        foreach (var line in EmbeddedText.Lines("decompositions.txt"))
        {
            var fields = line.Split(' ');
            if (fields.Length < 2) continue;
            var code = Number(fields[0]);
            if (fields[1] != "0") rules.Classes.Add(code, int.Parse(fields[1], CultureInfo.InvariantCulture));
            if (fields.Length == 2) continue;
            var mark = fields[2][0];
            int[] parts = [.. fields.Skip(2).Select(field => Number(field.TrimStart('~', '!')))];
            rules.Decompositions.Add(code, (parts, mark == '~'));
            if (mark is not ('~' or '!') && parts.Length == 2) rules.Compositions.Add((parts[0], parts[1]), code);
        }
        return rules;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
