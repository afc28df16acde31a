using System.Buffers;
using System.Text;

namespace Puna.Text;

/// <summary>
/// The segmentation of highest probability under a unigram model (Viterbi). An unknown character costs ten more than the rarest piece;
/// a user-defined symbol is always preferred. Scores are added in float, as the original does, so that ties fall alike. Time grows with the text and
/// with the pieces that are found in it, whatever their lengths.
/// Source: Kudo, «Subword regularization», ACL 2018; google/sentencepiece, src/unigram_model.cc (behaviour).
/// </summary>
public sealed class SentencePieceUnigram : SentencePieceTokenizer
{
    internal const float UnknownPenalty = 10;
    private readonly PieceAutomaton automaton;
    private readonly double[] scores;
    private readonly float unknownScore;

    internal SentencePieceUnigram(SentencePieceModel model, string name)
        : base(model, name)
    {
        var normal = Pieces.Where(p => p.Type == SentencePieceType.Normal).Select(p => p.Score).DefaultIfEmpty(0).ToArray();
        unknownScore = normal.Min() - UnknownPenalty;
        var highest = normal.Max();
        scores = [.. Pieces.Select(piece => piece.Type == SentencePieceType.UserDefined ? (Encoding.UTF8.GetByteCount(piece.Text) * highest) - 0.1 : piece.Score)];
        automaton = new PieceAutomaton([.. Pieces.Select(piece => piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined ? piece.Text : "")]);
    }

    // The best way to a place: what it costs, where its last piece begins, and which that is (-1: an unknown character).
    private record struct Node(float Score, int Start, int Id);

    private protected override void EncodeNormalized(ReadOnlySpan<char> text, PieceSink output)
    {
        var rented = ArrayPool<Node>.Shared.Rent(text.Length + 1);
        var ends = rented.AsSpan(0, text.Length + 1);
        ends[0] = default;
        var state = PieceAutomaton.Root;
        for (var end = 1; end <= text.Length; end++)
        {
            state = automaton.Step(state, text[end - 1]);
            // Nothing ends inside a character.
            ends[end] = char.IsHighSurrogate(text[end - 1]) && end < text.Length && char.IsLowSurrogate(text[end]) ? new Node(0, -1, -1) : Best(text, end, state, ends);
        }
        // Backwards the way is a list; forwards the starts of the pieces become their ends.
        for (var (end, next) = (text.Length, -1); end >= 0;)
        {
            var start = end == 0 ? -1 : ends[end].Start;
            ends[end].Start = next;
            (next, end) = (end, start);
        }
        for (var at = 0; ends[at].Start is >= 0 and var end; at = end)
            if (ends[end].Id >= 0) output.Add(ends[end].Id);
            else output.AddUnknown(text[at..end]);
        ArrayPool<Node>.Shared.Return(rented);
    }

    // The earliest start comes first, and what follows must be better.
    private Node Best(ReadOnlySpan<char> text, int end, int state, ReadOnlySpan<Node> ends)
    {
        var (best, start, id) = (0f, -1, -1);
        var character = end > 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;
        var single = false;
        for (var found = automaton.FirstOutput(state); found != PieceAutomaton.Root; found = automaton.NextOutput(found))
        {
            var (piece, from) = (automaton.PieceOf(found), end - automaton.DepthOf(found));
            if (from > 0 && ends[from].Start < 0) continue;
            single |= end - from == character;
            var score = scores[piece] + ends[from].Score;
            if (start < 0 || score > best) (best, start, id) = ((float)score, from, piece);
        }
        if (!single)
        {
            var score = (double)unknownScore + ends[end - character].Score;
            if (start < 0 || score > best) (best, start, id) = ((float)score, end - character, -1);
        }
        return new Node(best, start, id);
    }
}
