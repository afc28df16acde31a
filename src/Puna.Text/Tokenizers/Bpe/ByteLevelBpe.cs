namespace Puna.Text;

/// <summary>
/// Byte-level byte pair encoding, as GPT-2, Llama 3 and tiktoken have it: a word's first symbols are the bytes of its UTF-8, so there is no text that it
/// cannot express. (A few vocabularies lack rare bytes; one becomes the unknown token then, or, where that is none or begins or ends texts, nothing.) Pieces are spelled in GPT-2's alphabet of 256 characters (a space is U+0120).
/// Source: Radford et al., «Language models are unsupervised multitask learners», 2019, section 2.2; openai/tiktoken (behaviour).
/// </summary>
public sealed class ByteLevelBpe : BpeTokenizer
{
    private readonly int[] byteIds = new int[256];
    private readonly int unknown;

    internal ByteLevelBpe(BpeParts parts)
        : base(parts)
    {
        unknown = UnknownId is { } id && id != BosId && id != EosId ? id : -1;
        for (var value = 0; value < 256; value++) byteIds[value] = Vocabulary.Find([(byte)value]);
    }

    /// <summary>The first byte of UTF-8 without a token of its own, -1 where all have one.</summary>
    // 0xC0, 0xC1 and 0xF5 to 0xFF are in no UTF-8.
    internal int MissingByte => Enumerable.Range(0, 0xF5).FirstOrDefault(value => byteIds[value] < 0 && value is not (0xC0 or 0xC1), -1);

    /// <summary>The bytes that an id stands for: those of the text of an added token, and of any other those that its piece spells.</summary>
    /// <param name="id">An id.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public byte[] IdToBytes(int id) => AddedContent(Checked(id)) is { } content ? System.Text.Encoding.UTF8.GetBytes(content) : BytesOf(IdToPiece(id)) ?? System.Text.Encoding.UTF8.GetBytes(IdToPiece(id));

    internal override byte[]? BytesOf(string piece) => ByteAlphabet.Read(piece);

    internal override int FirstSymbols(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        var (count, afterUnknown) = (0, false);
        foreach (var value in word)
        {
            var id = byteIds[value];
            if (id >= 0) symbols[count++] = id;
            else if (unknown >= 0 && !(afterUnknown && Parts.FusesUnknown)) symbols[count++] = unknown;
            afterUnknown = id < 0;
        }
        return count;
    }
}
