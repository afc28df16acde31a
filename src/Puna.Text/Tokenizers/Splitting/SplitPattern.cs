using System.Buffers;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Rewrites a regular expression of a tokenizer file, in the dialect that Oniguruma and Rust's engines share, for the runtime's engine: possessive
/// quantifiers become atomic groups, ignored case covers U+017F too. What would mean something else here is refused.
/// </summary>
internal ref struct SplitPattern
{
    private const string Letters = "pPsSdD", Controls = "rntf";
    private static readonly SearchValues<char> Counts = SearchValues.Create("0123456789,");
    private readonly ReadOnlySpan<char> pattern;
    private readonly string name;
    private readonly StringBuilder output;
    private readonly Stack<(bool IgnoresCase, int Start)> groups;
    private int at, atom;
    private bool ignoresCase;

    private SplitPattern(ReadOnlySpan<char> pattern, string name)
    {
        this.pattern = pattern;
        this.name = name;
        (output, groups) = (new StringBuilder(), new Stack<(bool, int)>());
    }

    /// <exception cref="InvalidDataException">The expression holds what the runtime's engine lacks or reads otherwise.</exception>
    public static string Translate(string pattern, string name)
    {
        var translator = new SplitPattern(pattern, name);
        while (translator.at < pattern.Length) translator.Step();
        if (translator.groups.Count > 0) throw translator.Refused("an open parenthesis");
        return translator.output.ToString();
    }

    private void Step()
    {
        var c = pattern[at];
        if (char.IsSurrogate(c)) throw Refused("a character beyond U+FFFF");
        switch (c)
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                if (groups.Count == 0) throw Refused("a closing parenthesis too many");
                (ignoresCase, atom) = groups.Pop();
                Copy(1);
                break;
            case '[':
                atom = output.Length;
                CharacterSet();
                break;
            case '*' or '+' or '?' or '{':
                Quantifier();
                break;
            case '^' or '$':
                throw Refused($"the anchor {c}");
            case '|':
                Copy(1);
                break;
            default:
                atom = output.Length;
                if (c == '\\') Escape();
                else if (ignoresCase && c is 's' or 'S') Literal("[sS\u017F]");
                else Copy(1);
                break;
        }
    }

    private void OpenGroup()
    {
        groups.Push((ignoresCase, output.Length));
        if (groups.Count > 100) throw Refused("more than 100 parentheses inside each other");
        foreach (var start in (string[])["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "("])
        {
            if (!pattern[at..].StartsWith(start)) continue;
            if (start == "(" && pattern[at..].StartsWith("(?")) break;
            ignoresCase |= start == "(?i:";
            Copy(start.Length);
            return;
        }
        throw Refused("a kind of parenthesis");
    }

    private void CharacterSet()
    {
        Copy(1);
        if (Peek() == '^') Copy(1);
        for (var isFirst = true; Peek() != ']' || isFirst; isFirst = false)
        {
            var c = Peek();
            if (c == '\0') throw Refused("an open bracket");
            if (char.IsSurrogate(c)) throw Refused("a character beyond U+FFFF");
            if (c == '[' || (c == '&' && pattern[at..].StartsWith("&&")) || (c == ']' && isFirst)) throw Refused("a set inside a set");
            if (c == '\\') Escape();
            else if (ignoresCase && c is 's' or 'S') Literal("sS\u017F");
            else Copy(1);
        }
        Copy(1);
    }

    private void Escape()
    {
        var c = at + 1 < pattern.Length ? pattern[at + 1] : '\0';
        if (c is 'p' or 'P')
        {
            if (at + 2 < pattern.Length && pattern[at + 2] != '{')
            {
                output.Append('\\').Append(c).Append('{').Append(pattern[at + 2]).Append('}');
                at += 3;
                return;
            }
            var end = pattern[at..].IndexOf('}');
            if (end < 4 || pattern[at + 3] == '^') throw Refused("a property of characters");
            Copy(end + 1);
        }
        else if (char.IsAsciiLetterOrDigit(c) ? Letters.Contains(c) || Controls.Contains(c) : c is > '\0' and < '\x7F') Copy(2);
        else throw Refused($"the escape \\{c}");
    }

    private void Quantifier()
    {
        var start = at;
        var length = 1;
        if (pattern[at] == '{' && ((length = pattern[at..].IndexOf('}') + 1) < 3 || pattern.Slice(at + 1, length - 2).IndexOfAnyExcept(Counts) >= 0))
            throw Refused("a brace that counts nothing");
        Copy(length);
        if (Peek() == '?') Copy(1);
        else if (Peek() == '+')
        {
            // Behind a brace the sign is one more repetition, not a possessive mark (Oniguruma's Ruby syntax).
            output.Insert(atom, pattern[start] == '{' ? "(?:" : "(?>").Append(pattern[start] == '{' ? ")+" : ")");
            at++;
        }
        // Each would put one more group around the atom, as deep as the pattern is long.
        if (Peek() is '*' or '+' or '?' or '{') throw Refused("a quantifier behind a quantifier");
    }

    private readonly char Peek() => at < pattern.Length ? pattern[at] : '\0';

    private void Literal(string text)
    {
        output.Append(text);
        at++;
    }

    private void Copy(int count)
    {
        if (at + count > pattern.Length) throw Refused("an early end");
        output.Append(pattern.Slice(at, count));
        at += count;
    }

    private readonly InvalidDataException Refused(string what) =>
        new($"{name}: the regular expression '{pattern}' has {what} at character {at}, which this build does not run; it runs categories (\\p{{L}}), sets, groups, looking around and quantifiers.");
}
