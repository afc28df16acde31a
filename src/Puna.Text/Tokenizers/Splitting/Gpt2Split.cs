using static Puna.Text.CharacterClass;

namespace Puna.Text;

/// <summary>GPT-2's rule, as a scanner: it cuts where <see cref="Pattern"/> would. Source of the pattern: openai/gpt-2, src/encoder.py.</summary>
internal sealed class Gpt2Split : ScanningSplit
{
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static Gpt2Split Instance { get; } = new();

    internal override int First(ReadOnlySpan<char> text)
    {
        if (text is ['\'', var second, ..])
        {
            if (second is 's' or 't' or 'm' or 'd') return 2;
            if (text.Length > 2 && (second, text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l')) return 3;
        }
        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = CharacterClasses.At(text, start, out var length);
        if ((kind & Space) != 0) return Spaces(text);
        if ((kind & (Letter | Number)) is not None and var run) return CharacterClasses.EndOfRun(text, start + length, run);
        return CharacterClasses.EndOfRunWithout(text, start + length, Space | Letter | Number);
    }

    /// <summary>Length of white space at the start as <c>\s+(?!\S)|\s+</c> takes it: all of it at the end of the text, all but the last before a word.</summary>
    internal static int Spaces(ReadOnlySpan<char> text)
    {
        var end = CharacterClasses.EndOfRun(text, 0, Space);
        return end == text.Length || end == 1 ? end : end - 1;
    }
}
