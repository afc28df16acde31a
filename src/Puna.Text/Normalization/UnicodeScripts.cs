using System.Globalization;

namespace Puna.Text;

/// <summary>
/// The script of a character as a number; only equality means something. From the Unicode data of ICU 72 (Unicode 15); characters
/// without a script of their own, digits and punctuation among them, and unassigned ones are Common.
/// </summary>
internal static class UnicodeScripts
{
    public const short Common = 0;
    private static readonly Dictionary<string, string> Usual = new()
    {
        ["Latn"] = "Latin",
        ["Cyrl"] = "Cyrillic",
        ["Grek"] = "Greek",
        ["Arab"] = "Arabic",
        ["Hebr"] = "Hebrew",
        ["Deva"] = "Devanagari",
        ["Hang"] = "Hangul",
        ["Armn"] = "Armenian",
        ["Geor"] = "Georgian",
        ["Khmr"] = "Khmer",
        ["Beng"] = "Bengali",
        ["Taml"] = "Tamil",
    };

    private static readonly Lazy<Table> Loaded = new(Load);

    public static short Han => Loaded.Value.Han;

    public static short Inherited => Loaded.Value.Inherited;

    /// <summary>Script of a code point; Hiragana and Katakana count as Han, as SentencePiece has it.</summary>
    public static short Of(int codePoint)
    {
        var table = Loaded.Value;
        if (codePoint == 0x30FC) return table.Han;
        var at = Array.BinarySearch(table.First, codePoint);
        if (at < 0) at = ~at - 1;
        return at >= 0 && codePoint <= table.Last[at] ? table.Script[at] : Common;
    }

    /// <summary>Name of a script, as ISO 15924 abbreviates it where it is none of the usual ones.</summary>
    public static string NameOf(short script) => script switch
    {
        Common => "other letters",
        _ when script == Han => "Han",
        _ => Loaded.Value.Names.GetValueOrDefault(script, "") is var name && Usual.TryGetValue(name, out var usual) ? usual : name,
    };

    private sealed record Table(int[] First, int[] Last, short[] Script, short Han, short Inherited, Dictionary<short, string> Names);

    private static Table Load()
    {
        var (first, last, script) = (new List<int>(), new List<int>(), new List<short>());
        var numbers = new Dictionary<string, short> { ["Zyyy"] = Common, ["Hani"] = 1, ["Hira"] = 1, ["Kana"] = 1, ["Zinh"] = 2 };
        foreach (var line in EmbeddedText.Lines("scripts.txt"))
        {
            var parts = line.Split(' ');
            if (parts.Length != 3) continue;
            first.Add(int.Parse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            last.Add(int.Parse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            if (!numbers.TryGetValue(parts[2], out var number)) numbers.Add(parts[2], number = (short)numbers.Count);
            script.Add(number);
        }
        return new Table([.. first], [.. last], [.. script], numbers["Hani"], numbers["Zinh"], numbers.Where(pair => pair.Key is not ("Hira" or "Kana")).ToDictionary(pair => pair.Value, pair => pair.Key));
    }
}
