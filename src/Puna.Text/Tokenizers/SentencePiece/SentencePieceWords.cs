using System.Buffers.Binary;

namespace Puna.Text;

/// <summary>Turns the words of prepared text into ids, with its own cache and buffers: one serves one thread, and is used again for the next text.</summary>
internal sealed class SentencePieceWords(SentencePieceBpe tokenizer)
{
    // Above this many symbols the buffers are given back after use.
    private const int MostKept = 1 << 18;
    private readonly PieceSymbols alphabet = tokenizer.Alphabet;
    private readonly PairMerger merger = new(tokenizer.Alphabet.Merges);
    private readonly WordCache cache = new();
    private readonly int vocabularySize = tokenizer.VocabularySize;
    private readonly byte[] key = new byte[WordCache.LongestWord + 1];
    private int[] symbols = new int[256], ids = new int[1024];

    public void Encode(ReadOnlySpan<char> word, SentencePieceTokenizer.PieceSink output)
    {
        var isShort = TryKey(word, out var low, out var high);
        if (isShort && cache.TryGet(low, high, out var known))
        {
            output.AddWord(known);
            return;
        }
        if (symbols.Length < word.Length) (symbols, ids) = (new int[Math.Max(word.Length, symbols.Length * 2)], new int[Math.Max(word.Length, symbols.Length * 2) * 4]);
        var merged = symbols.AsSpan(0, merger.Merge(symbols.AsSpan(0, alphabet.Split(word, symbols))));
        var count = 0;
        foreach (var symbol in merged)
        {
            if ((uint)symbol < (uint)vocabularySize) ids[count++] = symbol;
            else count += tokenizer.Unknown(alphabet.CharacterOf(symbol), ids.AsSpan(count));
        }
        output.AddWord(ids.AsSpan(0, count));
        if (isShort) cache.Set(low, high, ids.AsSpan(0, count));
        if (symbols.Length > MostKept) (symbols, ids) = (new int[256], new int[1024]);
    }

    // The word in UTF-8, a half of a pair like any character, with U+2581 and the space in each other's place: nearly every word begins with the one, none has the other.
    private bool TryKey(ReadOnlySpan<char> word, out ulong low, out ulong high)
    {
        (low, high) = (0, 0);
        if (word.Length > WordCache.LongestWord) return false;
        Array.Clear(key);
        var count = 0;
        foreach (var c in word)
        {
            var value = c == TextNormalizer.Space ? ' ' : c == ' ' ? TextNormalizer.Space : c;
            var size = value < 0x80 ? 1 : value < 0x800 ? 2 : 3;
            if (count + size > WordCache.LongestWord) return false;
            if (size == 1) key[count] = (byte)value;
            else
            {
                key[count] = (byte)(size == 2 ? 0xC0 | (value >> 6) : 0xE0 | (value >> 12));
                if (size == 3) key[count + 1] = (byte)(0x80 | ((value >> 6) & 0x3F));
                key[count + size - 1] = (byte)(0x80 | (value & 0x3F));
            }
            count += size;
        }
        key[WordCache.LongestWord] = (byte)count;
        (low, high) = (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key.AsSpan(8)));
        return true;
    }
}
