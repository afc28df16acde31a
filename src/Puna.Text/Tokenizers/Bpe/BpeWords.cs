using System.Text;

namespace Puna.Text;

/// <summary>Turns the words of one text into ids, with its own cache and buffers: one serves one thread, and is used again for the next text.</summary>
internal sealed class BpeWords(BpeTokenizer tokenizer) : WordSink
{
    // Above this many bytes the buffers are given back after use.
    private const int MostKept = 1 << 18;
    private readonly PairMerger merger = new(tokenizer.Parts.Merges);
    private readonly WordCache cache = new();
    private readonly BpeVocabulary vocabulary = tokenizer.Vocabulary;
    private readonly bool takesWhole = tokenizer.Parts.IgnoresMerges;
    private readonly bool spellsBytes = tokenizer.Parts.SpellsBytes;
    private List<int> output = [];
    private byte[] bytes = new byte[256];
    private int[] symbols = new int[256];

    public void Begin(List<int> ids) => output = ids;

    public void End()
    {
        output = [];
        if (bytes.Length > MostKept) (bytes, symbols) = (new byte[256], new int[256]);
    }

    public override void Add(ReadOnlySpan<char> word)
    {
        while (!word.IsEmpty)
        {
            var end = tokenizer.EndOfPart(word);
            AddPart(ToBytes(word[..end]));
            word = word[end..];
        }
    }

    private void AddPart(ReadOnlySpan<byte> word)
    {
        if (takesWhole && vocabulary.Find(word) is >= 0 and var whole)
        {
            output.Add(whole);
            return;
        }
        var isShort = word.Length <= WordCache.LongestWord;
        if (isShort && cache.TryGet(word, out var known))
        {
            output.AddRange(known);
            return;
        }
        if (symbols.Length < word.Length) symbols = new int[Math.Max(word.Length, symbols.Length * 2)];
        var count = tokenizer.FirstSymbols(word, symbols);
        var ids = symbols.AsSpan(0, merger.Merge(symbols.AsSpan(0, count)));
        output.AddRange(ids);
        if (isShort) cache.Set(word, ids);
    }

    private ReadOnlySpan<byte> ToBytes(ReadOnlySpan<char> word)
    {
        if (bytes.Length < word.Length * 3) bytes = new byte[Math.Max(word.Length * 3, bytes.Length * 2)];
        var count = 0;
        if (spellsBytes)
        {
            foreach (var c in word) bytes[count++] = (byte)ByteAlphabet.ByteOf(c);
            return bytes.AsSpan(0, count);
        }
        // Most words are a few ASCII characters; the converter costs more than they do.
        while (count < word.Length && count < 32 && word[count] < 0x80) bytes[count] = (byte)word[count++];
        return count == word.Length ? bytes.AsSpan(0, count) : bytes.AsSpan(0, count + Encoding.UTF8.GetBytes(word[count..], bytes.AsSpan(count)));
    }
}
