using System.Text;

namespace Puna.Text;

/// <summary>
/// The 256 characters in which byte-level vocabularies are written down, one a byte: 33 to 126, 161 to 172 and 174 to 255 stand for
/// themselves, the other 68 bytes are U+0100, U+0101 … in order. Source: openai/gpt-2, src/encoder.py (behaviour).
/// </summary>
internal static class ByteAlphabet
{
    private const int Size = 256 + 68;
    private static readonly char[] Characters = new char[256];
    private static readonly short[] Bytes = new short[Size];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            Characters[value] = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? (char)value : (char)next++;
            Bytes[Characters[value]] = (short)value;
        }
    }

    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The byte that a character stands for, -1 for none.</summary>
    public static int ByteOf(char character) => character < Size ? Bytes[character] : -1;

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes) text.Append(Characters[value]);
        return text.ToString();
    }

    /// <summary>The bytes that a text stands for, or null where one of its characters is not of the alphabet.</summary>
    public static byte[]? Read(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var value = ByteOf(text[i]);
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }
        return bytes;
    }
}
