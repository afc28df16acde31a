using System.Text;

namespace Puna.Text;

/// <summary>
/// Byte pair encoding over characters, as tokenizer.json files of Llama 1 and 2 have it: a word's first symbols are its characters; one outside the
/// vocabulary becomes its bytes, spelled <c>&lt;0x0A&gt;</c>, or the unknown token. Source: huggingface/tokenizers, models/bpe (behaviour).
/// </summary>
public sealed class ByteFallbackBpe : BpeTokenizer
{
    private const char Space = TextNormalizer.Space;
    private readonly int[] byteIds = new int[256];
    private readonly int[] asciiIds = new int[128];
    private readonly bool cutsAtSpaces;

    internal ByteFallbackBpe(BpeParts parts)
        : base(parts)
    {
        for (var value = 0; value < 128; value++) asciiIds[value] = Vocabulary.Find([(byte)value]);
        Array.Fill(byteIds, -1);
        if (parts.ByteFallback)
        {
            for (var value = 0; value < 256; value++)
                if (!TryGetId($"<0x{value:X2}>", out byteIds[value])) throw new InvalidDataException($"{parts.Name}: byte_fallback is on, but there is no token <0x{value:X2}>; all 256 are needed.");
        }
        // No merge can cross a place before a space, unless some token has a space behind another character.
        cutsAtSpaces = !parts.IgnoresMerges && Vocabulary.Find(Encoding.UTF8.GetBytes([Space])) >= 0
            && parts.Pieces.Where((_, id) => AddedContent(id) is null).All(piece => piece.AsSpan().TrimStart(Space).IndexOf(Space) < 0);
    }

    /// <summary>Whether a character outside the vocabulary becomes its bytes.</summary>
    public bool FallsBackToBytes => Parts.ByteFallback;

    internal override byte[]? BytesOf(string piece) => Encoding.UTF8.GetBytes(piece);

    internal override int EndOfPart(ReadOnlySpan<char> word)
    {
        if (!cutsAtSpaces) return word.Length;
        var letters = word.IndexOfAnyExcept(Space);
        var next = letters < 0 ? -1 : word[letters..].IndexOf(Space);
        return next < 0 ? word.Length : letters + next;
    }

    internal override int FirstSymbols(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        var (count, afterUnknown) = (0, false);
        while (!word.IsEmpty)
        {
            var length = 1;
            if (word[0] >= 0x80) Rune.DecodeFromUtf8(word, out _, out length);
            var id = length == 1 && word[0] < 0x80 ? asciiIds[word[0]] : Vocabulary.Find(word[..length]);
            if (id >= 0) symbols[count++] = id;
            else if (Parts.ByteFallback)
            {
                foreach (var value in word[..length]) symbols[count++] = byteIds[value];
            }
            else if (Parts.UnknownId is { } unknown && !(afterUnknown && Parts.FusesUnknown)) symbols[count++] = unknown;
            afterUnknown = id < 0 && !Parts.ByteFallback;
            word = word[length..];
        }
        return count;
    }
}
