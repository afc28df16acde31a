namespace Puna.Text;

/// <summary>Characters one behind the other in memory that is used again for the next text. One buffer serves one thread.</summary>
internal sealed class CharBuffer
{
    // Above this many characters the memory is given back after use.
    private const int MostKept = 1 << 18;
    private char[] characters = new char[256];

    public int Length { get; private set; }

    public ReadOnlySpan<char> Written => characters.AsSpan(0, Length);

    public void Append(char c)
    {
        if (Length == characters.Length) Grow(1);
        characters[Length++] = c;
    }

    /// <summary>Room for characters behind the others, which the caller fills.</summary>
    public Span<char> Extend(int count)
    {
        if (characters.Length - Length < count) Grow(count);
        Length += count;
        return characters.AsSpan(Length - count, count);
    }

    /// <summary>Drops a character wherever it stands at the end.</summary>
    public void TrimEnd(char c) => Length = Written.TrimEnd(c).Length;

    public void Clear()
    {
        Length = 0;
        if (characters.Length > MostKept) characters = new char[256];
    }

    private void Grow(int count) => Array.Resize(ref characters, Math.Max(checked(Length + count), (int)Math.Min(Array.MaxLength, characters.Length * 2L)));
}
