using System.Text;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Damage to text of a language: cut into words, of which some are dropped, doubled, swapped, replaced by others of the language, or spliced in from another text.</summary>
/// <param name="words">Words of the language.</param>
internal sealed class WordMutator(IReadOnlyList<string> words)
{
    private const int MostWords = 5000, LongRepeat = 400;
    private readonly IReadOnlyList<string>[] _byKind = [.. Enumerable.Range(0, Kinds).Select(kind => words.Where(word => word.Length > 0 && KindOf(word[0]) == kind).ToArray())];

    private const int Kinds = 4;

    /// <summary>A damaged text.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="sound">The text.</param>
    /// <param name="other">Another of the language.</param>
    /// <param name="isGentle">Whether words are only replaced by such of their own kind, so that most of the syntax stays whole.</param>
    public string Mutate(CounterRandom random, string sound, string other, bool isGentle)
    {
        var cut = Cut(sound);
        for (var changes = random.Next(2) == 0 ? 1 : 1 + random.Next(3); changes > 0 && cut.Count > 0; changes--)
        {
            var at = random.Next(cut.Count);
            if (isGentle) cut[at] = _byKind[KindOf(cut[at][0])] is { Count: > 0 } same && cut[at].Trim().Length > 0 && KindOf(cut[at][0]) != 3 ? random.Of(same) : cut[at];
            else Change(random, cut, at, other);
        }
        return string.Concat(cut);
    }

    private void Change(CounterRandom random, List<string> cut, int at, string other)
    {
        switch (random.Next(7))
        {
            case 0:
                cut.RemoveAt(at);
                break;
            case 1:
                cut.Insert(at, random.Of(words));
                break;
            case 2:
                cut[at] = random.Of(words);
                break;
            case 3:
                var second = random.Next(cut.Count);
                (cut[at], cut[second]) = (cut[second], cut[at]);
                break;
            case 4:
                // A stretch again and again: deep nesting, long chains.
                var stretch = cut.GetRange(at, Math.Min(1 + random.Next(8), cut.Count - at));
                for (var times = random.Next(4) == 0 ? LongRepeat : random.Next(5); times > 0 && cut.Count < MostWords; times--) cut.InsertRange(at, stretch);
                break;
            case 5:
                var donor = Cut(other);
                var from = random.Next(donor.Count);
                cut.InsertRange(at, donor.GetRange(from, Math.Min(random.Next(12), donor.Count - from)));
                break;
            default:
                cut.RemoveRange(at, Math.Min(random.Next(10), cut.Count - at));
                break;
        }
    }

    /// <summary>Names and numbers, white space, brackets of tags, single other characters.</summary>
    private static List<string> Cut(string text)
    {
        var found = new List<string>();
        var word = new StringBuilder();
        var kind = 0;
        foreach (var c in text)
        {
            var next = KindOf(c);
            if (word.Length > 0 && (next != kind || next == 0))
            {
                found.Add(word.ToString());
                word.Clear();
            }
            word.Append(c);
            kind = next;
        }
        found.Add(word.Length > 0 ? word.ToString() : " ");
        return found;
    }

    private static int KindOf(char c) => char.IsLetterOrDigit(c) || c == '_' ? 1 : char.IsWhiteSpace(c) ? 2 : c is '{' or '}' or '%' or '#' or '-' ? 3 : 0;
}
