using System.Text;
using System.Text.RegularExpressions;

namespace Puna.Experiments.World;

/// <summary>
/// One sentence shape: fixed words and slots in braces. The same text writes a sentence and reads it back.
/// Slots: X, Y people; T the thing; P a place; C, D its colour and its new one; F a feeling; W a time; H "he" or "she".
/// </summary>
internal sealed partial class Shape
{
    private readonly string[] _fixed;
    private readonly Lazy<Regex> _reader;

    public Shape(string pattern)
    {
        Slots = string.Concat(Slot().Matches(pattern).Select(slot => slot.Groups[1].Value));
        _fixed = Slot().Split(pattern).Where((_, i) => i % 2 == 0).ToArray();
        _reader = new Lazy<Regex>(Reader); // Whoever only writes needs none.
    }

    /// <summary>The slots, in the order of the sentence.</summary>
    public string Slots { get; }

    /// <summary>The fixed words.</summary>
    public IEnumerable<string> FixedWords =>
        _fixed.SelectMany(text => text.Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The sentence with these words in its slots.</summary>
    public string Write(Roles roles)
    {
        var text = new StringBuilder(_fixed[0], capacity: 96);
        for (var i = 0; i < Slots.Length; i++) text.Append(roles[Slots[i]]).Append(_fixed[i + 1]);
        text[0] = char.ToUpperInvariant(text[0]);
        return text.ToString();
    }

    /// <summary>The words in the slots when the sentence has this shape, otherwise null.</summary>
    public Roles? Read(string sentence)
    {
        var match = _reader.Value.Match(sentence);
        if (!match.Success) return null;
        var roles = new Roles();
        for (var i = 0; i < Slots.Length; i++)
        {
            var word = match.Groups[i + 1].Value;
            roles[Slots[i]] = Slots[i] == 'H' ? word.ToLowerInvariant() : word;
        }
        return roles;
    }

    private Regex Reader()
    {
        var reader = new StringBuilder("^").Append(Regex.Escape(_fixed[0]));
        for (var i = 0; i < Slots.Length; i++)
        {
            var first = i == 0 && _fixed[0] == "";
            reader.Append('(').AppendJoin('|', Fillings(Slots[i]).Select(f => first ? Capitalise(f) : f)).Append(')');
            reader.Append(Regex.Escape(_fixed[i + 1]));
        }
        return new Regex(reader.Append('$').ToString(), RegexOptions.CultureInvariant);
    }

    private static string[] Fillings(char slot) => slot switch
    {
        'X' or 'Y' => Words.People,
        'T' => Words.Things,
        'P' => Words.Places,
        'C' or 'D' => Words.Colours,
        'F' => Words.Feelings,
        'W' => Words.Times,
        'H' => ["he", "she"],
        _ => throw new ArgumentException($"There is no slot {{{slot}}}.", nameof(slot)),
    };

    private static string Capitalise(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    [GeneratedRegex(@"\{(\w)\}")]
    private static partial Regex Slot();
}
