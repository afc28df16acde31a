namespace Puna.Inference;

/// <summary>Character classes and escapes of regular expressions, as sets.</summary>
internal static class RegexClass
{
    /// <summary>What a dot does not match.</summary>
    public static CharacterSet LineEnds { get; } = CharacterSet.Of("\n\r\u2028\u2029");

    private static readonly CharacterSet Digits = CharacterSet.Range('0', '9');
    private static readonly CharacterSet WordCharacters = CharacterSet.Of([('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')]);
    private static readonly CharacterSet Spaces = CharacterSet.Of("\t\n\v\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF");

    /// <summary>Reads a class from its bracket on.</summary>
    public static CharacterSet Read(GrammarText text)
    {
        var start = text.Position++;
        var isNegated = text.Take("^");
        var all = CharacterSet.Of("");
        while (!text.Take("]"))
        {
            if (text.IsAtEnd) throw text.Error("the character class is not closed: ']' is missing", start);
            var from = text.Position;
            var first = ReadOne(text);
            if (text.Current == '-' && text.Peek(1) is not (']' or '\0'))
            {
                text.Position++;
                var last = ReadOne(text);
                if (!IsSingle(first) || !IsSingle(last)) throw text.Error($"the range {text.Since(from)} needs a character on each side", from);
                if (last.Ranges[0].First < first.Ranges[0].First) throw text.Error($"the range {text.Since(from)} runs backwards", from);
                first = CharacterSet.Range(first.Ranges[0].First, last.Ranges[0].First);
            }
            all = all.Or(first);
        }
        if (isNegated) all = all.Negated();
        return all.IsEmpty ? throw text.Error("the character class has no character", start) : all;
    }

    /// <summary>Reads an escape from its backslash on.</summary>
    public static CharacterSet ReadEscape(GrammarText text, bool inClass)
    {
        var start = text.Position++;
        var letter = text.Current;
        if (!text.IsAtEnd) text.Position++;
        switch (letter)
        {
            case 'd': return Digits;
            case 'D': return Digits.Negated();
            case 'w': return WordCharacters;
            case 'W': return WordCharacters.Negated();
            case 's': return Spaces;
            case 'S': return Spaces.Negated();
            case 't': return CharacterSet.Of("\t");
            case 'n': return CharacterSet.Of("\n");
            case 'v': return CharacterSet.Of("\v");
            case 'f': return CharacterSet.Of("\f");
            case 'r': return CharacterSet.Of("\r");
            case '0' when !char.IsAsciiDigit(text.Current): return CharacterSet.Of("\0");
            case 'b' when inClass: return CharacterSet.Of("\b");
            case 'x': return One(text, text.TakeHex(2), start);
            case 'u': return One(text, ReadUnicode(text), start);
        }
        if (letter is >= '0' and <= '9' or 'k') throw text.Error("back references are not supported", start);
        if (letter is 'b' or 'B') throw text.Error("word boundaries (\\b, \\B) are not supported", start);
        if (letter is 'p' or 'P') throw text.Error("classes by Unicode property (\\p{…}) are not supported; list the ranges", start);
        if (letter is >= '!' and <= '~' && !char.IsAsciiLetterOrDigit(letter)) return CharacterSet.Range(letter, letter);
        throw text.Error(letter == '\0' ? "the expression ends in a backslash" : $"the escape \\{letter} is not supported", start);
    }

    private static CharacterSet ReadOne(GrammarText text)
    {
        if (text.Current == '\\') return ReadEscape(text, inClass: true);
        var character = text.TakeCharacter();
        return CharacterSet.Range(character, character);
    }

    private static int ReadUnicode(GrammarText text)
    {
        if (text.Take("{"))
        {
            var digits = 0;
            while (char.IsAsciiHexDigit(text.Peek(digits))) digits++;
            if (digits is 0 or > 6) throw text.Error("1 to 6 hexadecimal digits are needed here");
            var value = text.TakeHex(digits);
            text.Require("}", "the escape");
            return value;
        }
        var unit = text.TakeHex(4);
        // a surrogate pair spelled as two escapes
        if (unit is >= 0xD800 and <= 0xDBFF && text.Current == '\\' && text.Peek(1) == 'u')
        {
            text.Position += 2;
            var low = text.TakeHex(4);
            if (low is >= 0xDC00 and <= 0xDFFF) return char.ConvertToUtf32((char)unit, (char)low);
        }
        return unit;
    }

    private static CharacterSet One(GrammarText text, int value, int start)
    {
        text.Checked(value, start);
        return CharacterSet.Range(value, value);
    }

    private static bool IsSingle(CharacterSet set) => set.Ranges is [(var first, var last)] && first == last;
}
