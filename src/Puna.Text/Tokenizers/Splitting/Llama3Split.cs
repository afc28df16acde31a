using static Puna.Text.CharacterClass;

namespace Puna.Text;

/// <summary>
/// Llama 3's rule (and, with single digits, Qwen 2's), as a scanner: it cuts where <see cref="Pattern"/> would.
/// Source of the pattern: meta-llama/llama3, llama/tokenizer.py.
/// </summary>
/// <param name="mostDigits">How many digits one word has at most.</param>
internal sealed class Llama3Split(int mostDigits) : ScanningSplit
{
    public const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const char LongS = '\u017F';

    public static Llama3Split Instance { get; } = new(3);

    public static Llama3Split Qwen2 { get; } = new(1);

    /// <summary>The rule as a regular expression.</summary>
    public string Pattern => mostDigits == 3 ? Llama3Pattern : Qwen2Pattern;

    internal override int First(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text) is > 0 and var contraction) return contraction;
        var kind = CharacterClasses.At(text, 0, out var length);
        if ((kind & Letter) != 0) return CharacterClasses.EndOfRun(text, length, Letter);
        if ((kind & Number) != 0) return Digits(text, length);
        if ((kind & LineEnd) == 0 && length < text.Length && (CharacterClasses.At(text, length, out var more) & Letter) != 0)
            return CharacterClasses.EndOfRun(text, length + more, Letter);
        if ((kind & Space) == 0) return Signs(text, length);
        if (text[0] == ' ' && text.Length > 1 && (CharacterClasses.At(text, 1, out more) & (Space | Letter | Number)) == 0) return Signs(text, 1 + more);
        var spaces = text[..CharacterClasses.EndOfRun(text, 0, Space)];
        var lineEnd = spaces.LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? lineEnd + 1 : spaces.Length == text.Length || spaces.Length == 1 ? spaces.Length : spaces.Length - 1;
    }

    private int Digits(ReadOnlySpan<char> text, int end)
    {
        for (var count = 1; count < mostDigits && end < text.Length && (CharacterClasses.At(text, end, out var length) & Number) != 0; count++) end += length;
        return end;
    }

    private static int Signs(ReadOnlySpan<char> text, int at)
    {
        at = CharacterClasses.EndOfRunWithout(text, at, Space | Letter | Number);
        return CharacterClasses.EndOfRun(text, at, LineEnd);
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2) return 0;
        var second = (char)(text[1] | 0x20);
        if (!char.IsAscii(text[1])) return text[1] == LongS ? 2 : 0;
        if (second is 's' or 't' or 'm' or 'd') return 2;
        if (text.Length < 3 || !char.IsAscii(text[2])) return 0;
        return (second, (char)(text[2] | 0x20)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }
}
