using System.Globalization;
using System.Text;

namespace Puna.Inference;

/// <summary>The text of a grammar or a regular expression with a place in it, and errors that name the place.</summary>
/// <param name="text">The text.</param>
/// <param name="name">What errors call it.</param>
internal sealed class GrammarText(string text, string name)
{
    /// <summary>The longest text that is read.</summary>
    public const int Longest = 1 << 20;

    /// <summary>How deep groups may be nested.</summary>
    public const int Deepest = 200;

    /// <summary>The most repetitions that can be counted.</summary>
    public const int MostRepetitions = 100_000;

    public int Position { get; set; }

    public bool IsAtEnd => Position >= text.Length;

    /// <summary>The character here; NUL at the end.</summary>
    public char Current => Peek(0);

    public char Peek(int ahead) => Position + ahead < text.Length ? text[Position + ahead] : '\0';

    public bool Take(string expected)
    {
        if (!text.AsSpan(Math.Min(Position, text.Length)).StartsWith(expected, StringComparison.Ordinal)) return false;
        Position += expected.Length;
        return true;
    }

    public void Require(string expected, string what)
    {
        if (!Take(expected)) throw Error($"{what} needs '{expected}' here, but {Found()}");
    }

    /// <summary>The whole character here, which is passed.</summary>
    public int TakeCharacter()
    {
        if (Rune.DecodeFromUtf16(text.AsSpan(Position), out var rune, out var used) != System.Buffers.OperationStatus.Done) throw Error("half a surrogate pair is no character");
        Position += used;
        return rune.Value;
    }

    /// <summary>A code point of exactly so many hexadecimal digits.</summary>
    public int TakeHex(int digits)
    {
        var start = Position;
        if (text.Length - start >= digits && int.TryParse(text.AsSpan(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            Position += digits;
            return value;
        }
        throw Error($"{digits} hexadecimal digits are needed here, but {Found()}");
    }

    /// <summary>A count of repetitions.</summary>
    public int TakeCount()
    {
        var start = Position;
        while (char.IsAsciiDigit(Current)) Position++;
        if (Position == start) throw Error($"a number of repetitions is needed here, but {Found()}");
        if (int.TryParse(text.AsSpan(start, Position - start), out var count) && count <= MostRepetitions) return count;
        throw Error($"{text.AsSpan(start, Position - start)} repetitions are more than the {MostRepetitions} that can be counted", start);
    }

    /// <summary>A code point, if it is a character.</summary>
    public int Checked(int value, int start) => Rune.IsValid(value) ? value : throw Error($"U+{value:X4} is no character", start);

    public string Found() => IsAtEnd ? "the text ends" : char.IsControl(Current) ? $"U+{(int)Current:X4} stands there" : $"'{Current}' stands there";

    public string Since(int start) => text[start..Position];

    public InvalidDataException Error(string message, int position = -1)
    {
        var before = text.AsSpan(0, Math.Min(position < 0 ? Position : position, text.Length));
        return new InvalidDataException($"{name}, line {before.Count('\n') + 1}, column {before.Length - before.LastIndexOf('\n')}: {message}");
    }

    /// <summary>Refuses a text that is too long.</summary>
    public GrammarText CheckLength() => text.Length <= Longest ? this : throw new InvalidDataException($"{name}: {text.Length} characters are more than the {Longest} that are read");
}
