using System.Text;
using System.Text.RegularExpressions;

namespace Puna.Text;

/// <summary>One of tokenizer.json's normalisers: what is done to a stretch of text before it is cut. Never changes, so any number of threads may use one.</summary>
internal abstract class TextStep
{
    public abstract string Apply(string text, TextPlace place);
}

/// <summary>One step after the other.</summary>
internal sealed class StepSequence(IReadOnlyList<TextStep> steps) : TextStep
{
    public override string Apply(string text, TextPlace place)
    {
        var before = text.Length;
        foreach (var step in steps)
        {
            text = step.Apply(text, place);
            Growth.Check(before, text.Length);
        }
        return text;
    }
}

/// <summary>Puts a text before a stretch that is not empty.</summary>
internal sealed class PrependStep(string prefix) : TextStep
{
    public string Prefix => prefix;

    public override string Apply(string text, TextPlace place) => text.Length == 0 || place == TextPlace.Continuation ? text : prefix + text;
}

/// <summary>Replaces a text wherever it stands.</summary>
internal sealed class ReplaceStep(string old, string @new) : TextStep
{
    public string Old => old;

    public string New => @new;

    public override string Apply(string text, TextPlace place)
    {
        if (@new.Length > old.Length) Growth.Check(text.Length, text.AsSpan().Count(old), @new);
        return text.Replace(old, @new, StringComparison.Ordinal);
    }
}

/// <summary>Replaces every match of a regular expression.</summary>
internal sealed class ReplaceMatchesStep(Regex regex, string @new) : TextStep
{
    public override string Apply(string text, TextPlace place)
    {
        try
        {
            if (@new.Length > 0) Growth.Check(text.Length, regex.Count(text), @new);
            return regex.Replace(text, _ => @new);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException($"The tokenizer's replacement of '{regex}' takes more than {error.MatchTimeout.TotalSeconds:0} seconds on a text of {text.Length} characters; split the text, or use a tokenizer with another rule.", error);
        }
    }
}

/// <summary>Keeps a file whose replacements make more and more text from eating the memory.</summary>
internal static class Growth
{
    private const int MostTimes = 32, Always = 1 << 16;

    /// <exception cref="InvalidDataException">The text would grow more than thirty-two-fold (Unicode's own rules make 18 characters of one), and beyond 65,536 characters.</exception>
    public static void Check(int length, int matches, string replacement) => Check(length, (long)matches * replacement.Length);

    /// <exception cref="InvalidDataException">As above.</exception>
    public static void Check(int length, long after)
    {
        if (after > Always && after > (long)MostTimes * length)
            throw new InvalidDataException($"The replacements of the tokenizer make {after} characters or more of a text of {length}; a tokenizer's replacements keep a text about as long as it is.");
    }
}

/// <summary>A normal form of Unicode.</summary>
internal sealed class UnicodeFormStep(bool compose, bool compatibility) : TextStep
{
    public override string Apply(string text, TextPlace place) => UnicodeForms.Normalize(text, compose, compatibility);
}

/// <summary>Lower case, character by character.</summary>
internal sealed class LowercaseStep : TextStep
{
    // The one letter whose lower case is two characters.
    public override string Apply(string text, TextPlace place) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}

/// <summary>Drops white space at the ends.</summary>
internal sealed class StripStep(bool left, bool right) : TextStep
{
    public override string Apply(string text, TextPlace place)
    {
        if (left) text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    }
}

/// <summary>Drops combining marks (category Mn).</summary>
internal sealed class StripAccentsStep : TextStep
{
    public override string Apply(string text, TextPlace place) =>
        string.Concat(text.EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.NonSpacingMark).Select(rune => rune.ToString()));
}
