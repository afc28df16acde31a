using System.Collections.Concurrent;

namespace Puna.Text;

/// <summary>
/// Byte pair encoding as SentencePiece does it: from single characters, the adjacent pair whose joined text is the piece of highest score
/// is merged, the leftmost of equals, until no pair is a piece. Text is cut at spaces into words that are merged alone, and remembered, where no piece of the vocabulary
/// reaches over the cut; else a stretch is merged whole. Time is n log n for a stretch without a place where it can be cut, and linear for ordinary text.
/// Source: google/sentencepiece, src/bpe_model.cc (behaviour).
/// </summary>
public sealed class SentencePieceBpe : SentencePieceTokenizer
{
    private readonly bool cutsBeforeSpaces, cutsAfterSpaces, hasUnused;
    // A bag would hold them by the thread as well, and with them this tokenizer, for as long as the thread lives.
    private readonly ConcurrentQueue<SentencePieceWords> idle = [];

    internal SentencePieceBpe(SentencePieceModel model, string name)
        : base(model, name)
    {
        Alphabet = new PieceSymbols(Pieces, Texts, name);
        hasUnused = Pieces.Any(piece => piece.Type == SentencePieceType.Unused);
        // No merge crosses a place that no piece has inside.
        (cutsBeforeSpaces, cutsAfterSpaces) = (true, true);
        foreach (var piece in Texts.Keys)
        {
            cutsBeforeSpaces &= piece.AsSpan().TrimStart(WordSpace).IndexOf(WordSpace) < 0;
            cutsAfterSpaces &= piece.AsSpan().TrimEnd(WordSpace).IndexOf(WordSpace) < 0;
        }
    }

    /// <summary>Characters and merges as numbers.</summary>
    internal PieceSymbols Alphabet { get; }

    private protected override void EncodeNormalized(ReadOnlySpan<char> text, PieceSink output)
    {
        if (hasUnused)
        {
            EncodeWithUnused(text, output);
            return;
        }
        if (!idle.TryDequeue(out var words)) words = new SentencePieceWords(this);
        while (!text.IsEmpty)
        {
            var (start, length) = (text.Length, 0);
            if (!UserSymbols.IsEmpty) UserSymbols.Next(text, out start, out length);
            EncodeStretch(text[..start], words, output);
            if (length > 0) output.Add(Texts.GetAlternateLookup<ReadOnlySpan<char>>()[text.Slice(start, length)]);
            text = text[(start + length)..];
        }
        idle.Enqueue(words);
    }

    private void EncodeStretch(ReadOnlySpan<char> text, SentencePieceWords words, PieceSink output)
    {
        while (!text.IsEmpty)
        {
            var end = text.Length;
            if (cutsBeforeSpaces)
            {
                var letters = text.IndexOfAnyExcept(WordSpace);
                if (letters >= 0 && text[letters..].IndexOf(WordSpace) is >= 0 and var next) end = letters + next;
            }
            else if (cutsAfterSpaces)
            {
                var space = text.IndexOf(WordSpace);
                if (space >= 0 && text[space..].IndexOfAnyExcept(WordSpace) is >= 0 and var next) end = space + next;
            }
            words.Encode(text[..end], output);
            text = text[end..];
        }
    }

    private void EncodeWithUnused(ReadOnlySpan<char> text, PieceSink output)
    {
        var merger = new UnusedPieceMerger(Alphabet.Merges, id => (uint)id < (uint)Pieces.Length && Pieces[id].Type == SentencePieceType.Unused);
        var symbols = new int[text.Length];
        while (!text.IsEmpty)
        {
            var (start, length) = (text.Length, 0);
            if (!UserSymbols.IsEmpty) UserSymbols.Next(text, out start, out length);
            foreach (var symbol in symbols.AsSpan(0, Alphabet.Split(text[..start], symbols))) merger.Add(symbol, neverMerges: false);
            if (length > 0) merger.Add(Texts.GetAlternateLookup<ReadOnlySpan<char>>()[text.Slice(start, length)], neverMerges: true);
            text = text[(start + length)..];
        }
        Span<int> ids = stackalloc int[4];
        foreach (var symbol in merger.Merge())
        {
            if ((uint)symbol < (uint)Pieces.Length) output.AddWord([symbol]);
            else output.AddWord(ids[..Unknown(Alphabet.CharacterOf(symbol), ids)]);
        }
    }
}
