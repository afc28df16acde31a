using System.Buffers.Binary;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Character rules of a SentencePiece normalizer (<c>precompiled_charsmap</c>): a little-endian length, a double-array trie over UTF-8
/// and the replacements, each ended by a NUL. At every place the longest rule wins.
/// Layout of a trie unit: bit 31 set for a value, bits 0 to 7 the label, bit 8 «a rule ends here», bit 9 «offset times 256», bits 10 to 30 the offset
/// (Yata, darts-clone; google/sentencepiece, src/normalizer.cc, for the envelope).
/// </summary>
internal sealed class CharsMap
{
    private const int LongestReplacement = 1024;
    private readonly uint[] units;
    private readonly byte[] replacements;
    private readonly Dictionary<int, string> texts = [];
    private readonly string name;

    public CharsMap(byte[] blob, string name)
    {
        this.name = name;
        if (blob.Length < 4) throw Damaged($"has {blob.Length} bytes, at least 4 are needed");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size > blob.Length - 4 || size % 4 != 0 || size < 4) throw Damaged($"announces a trie of {size} bytes, {blob.Length - 4} follow");
        units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob.AsSpan(4 + (4 * i)));
        replacements = blob[(4 + (int)size)..];
        if (replacements.Length > 0 && replacements[^1] != 0) throw Damaged("has a last replacement without an end");
        for (var start = 0; start < replacements.Length; start += Array.IndexOf(replacements, (byte)0, start) - start + 1) texts[start] = Replacement(start);
    }

    /// <summary>Length in characters of the longest rule that the text starts with, 0 for none, and what replaces it.</summary>
    public int Match(ReadOnlySpan<char> text, out string replacement)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var (longest, value) = (0, 0);
        var node = Offset(units[0]);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var used);
            at += used;
            var count = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < count; i++)
            {
                node ^= utf8[i];
                if (node >= (uint)units.Length || (units[node] & 0x8000_00FF) != utf8[i]) goto done;
                var unit = units[node];
                node ^= Offset(unit);
                if (i == count - 1 && (unit & 0x100) != 0)
                {
                    if (node >= (uint)units.Length) throw Damaged($"points to unit {node} of {units.Length}");
                    (longest, value) = (at, (int)(units[node] & 0x7FFF_FFFF));
                }
            }
        }
    done:
        // a rule may point into the middle of a replacement, and it would be copied for each character of a text
        replacement = longest == 0 ? "" : texts.TryGetValue(value, out var known) ? known : Replacement(value) is { Length: <= LongestReplacement } part ? part : throw Damaged($"points into a replacement of more than {LongestReplacement} characters");
        return longest;
    }

    /// <summary>Whether no rule begins with an ASCII character alone or with it and another ASCII character.</summary>
    public bool LeavesAlone(char c)
    {
        var node = Offset(units[0]) ^ c;
        if (node >= (uint)units.Length || (units[node] & 0x8000_00FF) != c) return true;
        if ((units[node] & 0x100) != 0) return false;
        node ^= Offset(units[node]);
        for (var next = 1u; next < 0x80; next++)
            if ((node ^ next) < (uint)units.Length && (units[node ^ next] & 0x8000_00FF) == next) return false;
        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private string Replacement(int start)
    {
        if ((uint)start >= (uint)replacements.Length) throw Damaged($"points to replacement byte {start} of {replacements.Length}");
        return Encoding.UTF8.GetString(replacements.AsSpan(start, Array.IndexOf(replacements, (byte)0, start) - start));
    }

    private InvalidDataException Damaged(string what) => new($"{name}: the normalizer's character map {what}; the file is damaged.");
}
