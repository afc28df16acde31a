using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>
/// The rules called <c>nmt_nfkc</c>: Unicode NFKC, with control characters removed, line ends, tabs and invisible characters turned
/// into spaces, and U+FF5E kept. Made from the Unicode data of ICU 72 (Unicode 15), so 190 rules for characters younger than
/// the original table come on top of it; where both have a rule, they agree. Rules over several characters say what composes, for every spelling of the parts.
/// Source: google/sentencepiece, src/builder.cc (behaviour).
/// </summary>
internal static class NmtNfkc
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7, LeadCount = 19, VowelCount = 21, TailCount = 28;
    private const int LongestRule = 4;
    private static readonly Lazy<byte[]> Built = new(() => DoubleArrayBuilder.Build(Rules()));

    /// <summary>The rules as a <c>precompiled_charsmap</c>; built once, in about a second.</summary>
    public static byte[] CharsMap => Built.Value;

    internal static Dictionary<string, string> Rules()
    {
        var rules = new Dictionary<string, string>(StringComparer.Ordinal);
        var compositions = new List<(string Parts, string Composed)>();
        var singles = true;
        foreach (var line in EmbeddedText.Lines("nfkc.txt"))
        {
            if (line.Length == 0) singles = false;
            else if (singles) rules.Add(Text(line[..line.IndexOf(' ')]), Text(line[(line.IndexOf(' ') + 1)..]));
            else compositions.Add((Text(line[..line.IndexOf('>')]), Text(line[(line.IndexOf('>') + 1)..])));
        }
        var spellings = Spellings(rules, compositions);
        compositions.AddRange(HangulCompositions());
        AddNmtRules(rules);
        // Short rules first: a long one is needed only where the shorter ones do not already give its result.
        foreach (var (parts, composed) in compositions.OrderBy(c => c.Parts.EnumerateRunes().Count()))
            foreach (var spelling in Expand(parts.EnumerateRunes().ToArray(), spellings))
                if (!Gives(spelling, composed, rules)) rules[spelling] = composed;
        return rules;
    }

    private static void AddNmtRules(Dictionary<string, string> rules)
    {
        for (var c = '\u0001'; c <= '\u001F'; c++) rules[c.ToString()] = c is '\t' or '\n' or '\f' or '\r' ? " " : "";
        foreach (var c in "\u007F\u008F\u009F") rules[c.ToString()] = "";
        foreach (var c in "\u1680\u200B\u200C\u200E\u200F\u2028\u2029\u2581\uFEFF\uFFFD") rules[c.ToString()] = " ";
        rules.Remove("\uFF5E");
    }

    /// <summary>For a character that does not decompose: itself and every character that stands for it.</summary>
    private static Dictionary<Rune, List<string>> Spellings(Dictionary<string, string> rules, List<(string Parts, string Composed)> compositions)
    {
        var composed = compositions.Select(c => c.Composed).ToHashSet(StringComparer.Ordinal);
        var spellings = new Dictionary<Rune, List<string>>();
        foreach (var (from, to) in rules)
        {
            if (composed.Contains(to)) continue;
            var target = Rune.GetRuneAt(to, 0);
            if (target.Utf16SequenceLength != to.Length) continue;
            if (!spellings.TryGetValue(target, out var list)) spellings.Add(target, list = [target.ToString()]);
            list.Add(from);
        }
        return spellings;
    }

    private static IEnumerable<string> Expand(Rune[] parts, Dictionary<Rune, List<string>> spellings)
    {
        IEnumerable<string> all = [""];
        foreach (var part in parts)
        {
            var choices = spellings.GetValueOrDefault(part) ?? [part.ToString()];
            all = all.SelectMany(start => choices, (start, end) => start + end);
        }
        return all;
    }

    private static IEnumerable<(string Parts, string Composed)> HangulCompositions()
    {
        for (var i = 0; i < LeadCount * VowelCount * TailCount; i++)
        {
            var parts = $"{(char)(LeadBase + (i / (VowelCount * TailCount)))}{(char)(VowelBase + (i / TailCount % VowelCount))}";
            yield return (i % TailCount == 0 ? parts : parts + (char)(TailBase + (i % TailCount)), ((char)(HangulBase + i)).ToString());
        }
    }

    private static bool Gives(ReadOnlySpan<char> text, ReadOnlySpan<char> expected, Dictionary<string, string> rules)
    {
        var lookup = rules.GetAlternateLookup<ReadOnlySpan<char>>();
        while (!text.IsEmpty)
        {
            var used = 0;
            ReadOnlySpan<char> piece = default;
            for (var length = Math.Min(text.Length, 2 * LongestRule); length > 0 && used == 0; length--)
                if (lookup.TryGetValue(text[..length], out var replacement))
                {
                    used = length;
                    piece = replacement;
                }
            if (used == 0)
            {
                used = char.IsHighSurrogate(text[0]) ? 2 : 1;
                piece = text[..used];
            }
            if (!expected.StartsWith(piece, StringComparison.Ordinal)) return false;
            text = text[used..];
            expected = expected[piece.Length..];
        }
        return expected.IsEmpty;
    }

    private static string Text(string hex) =>
        string.Concat(hex.Split(' ').Select(h => new Rune(int.Parse(h, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString()));
}
