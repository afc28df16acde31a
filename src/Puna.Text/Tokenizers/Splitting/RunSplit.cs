using System.Text;

namespace Puna.Text;

/// <summary>Runs of one kind of character, where <paramref name="single"/> is set one by one, with the white space character before them where <paramref name="takesSpace"/> is set.</summary>
internal sealed class RunSplit(Func<Rune, bool> isWanted, SplitBehavior behavior = SplitBehavior.Isolated, bool single = false, bool takesSpace = false) : MatchSplit(behavior)
{
    /// <summary>Every character of category N alone.</summary>
    public static RunSplit SingleDigits { get; } = new(Rune.IsNumber, single: true);

    protected override bool Next(ReadOnlySpan<char> text, ref object? state, int from, out int start, out int length)
    {
        for (start = from; start < text.Length;)
        {
            var used = Step(text, start, out var rune);
            if (isWanted(rune))
            {
                var end = start + used;
                while (!single && end < text.Length && Step(text, end, out rune) is var more && isWanted(rune)) end += more;
                if (takesSpace && start > from && char.IsWhiteSpace(text[start - 1])) start--;
                length = end - start;
                return true;
            }
            start += used;
        }
        length = 0;
        return false;
    }

    private static int Step(ReadOnlySpan<char> text, int at, out Rune rune)
    {
        Rune.DecodeFromUtf16(text[at..], out rune, out var used);
        return used;
    }
}
