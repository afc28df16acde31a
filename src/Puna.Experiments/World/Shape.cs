using System.Text;
using System.Text.RegularExpressions;

namespace Puna.Experiments.World;

/// <summary>
/// One sentence shape: fixed words and slots in braces. The same text writes a sentence and reads it back.
/// Slots: X, Y people; T, U things; P a place; C, D colours (of T and of U); F a feeling; W a time; H "he" or "she".
/// </summary>
internal sealed partial class Shape
{
    private readonly string _pattern;
    private readonly Regex _reader;

    public Shape(string pattern)
    {
        _pattern = pattern;
        var reader = new StringBuilder("^");
        var end = 0;
        foreach (Match slot in Slot().Matches(pattern))
        {
            reader.Append(Regex.Escape(pattern[end..slot.Index]));
            var fillings = Fillings(slot.Groups[1].Value).Select(f => slot.Index == 0 ? Capitalise(f) : f);
            reader.Append("(?<").Append(slot.Groups[1].Value).Append('>').AppendJoin('|', fillings).Append(')');
            end = slot.Index + slot.Length;
        }
        reader.Append(Regex.Escape(pattern[end..])).Append('$');
        _reader = new Regex(reader.ToString(), RegexOptions.CultureInvariant);
        Slots = [.. Slot().Matches(pattern).Select(m => m.Groups[1].Value)];
    }

    /// <summary>The slots, in the order of the sentence.</summary>
    public IReadOnlyList<string> Slots { get; }

    /// <summary>The fixed words.</summary>
    public IEnumerable<string> FixedWords => Slot().Replace(_pattern, "").Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries);

    public string Write(Roles roles) => Capitalise(Slot().Replace(_pattern, slot => roles[slot.Groups[1].Value]));

    /// <summary>The words in the slots when the sentence has this shape, otherwise null.</summary>
    public Roles? Read(string sentence)
    {
        var match = _reader.Match(sentence);
        if (!match.Success) return null;
        var roles = new Roles();
        foreach (var slot in Slots)
            roles[slot] = slot == "H" ? match.Groups[slot].Value.ToLowerInvariant() : match.Groups[slot].Value;
        return roles;
    }

    private static string[] Fillings(string slot) => slot switch
    {
        "X" or "Y" => Words.People,
        "T" or "U" => Words.Things,
        "P" => Words.Places,
        "C" or "D" => Words.Colours,
        "F" => Words.Feelings,
        "W" => Words.Times,
        "H" => ["he", "she"],
        _ => throw new ArgumentException($"There is no slot {{{slot}}}.", nameof(slot)),
    };

    private static string Capitalise(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    [GeneratedRegex(@"\{(\w)\}")]
    private static partial Regex Slot();
}
