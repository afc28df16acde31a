using System.Text;

namespace Puna.Text;

/// <summary>
/// The segmentation of highest probability under a unigram model (Viterbi). An unknown character costs ten more than the rarest piece;
/// a user-defined symbol is always preferred. Scores are added in float, as the original does, so that ties fall alike.
/// Source: Kudo, «Subword regularization», ACL 2018; google/sentencepiece, src/unigram_model.cc (behaviour).
/// </summary>
public sealed class SentencePieceUnigram : SentencePieceTokenizer
{
    private const float UnknownPenalty = 10;
    private readonly int longest;
    private readonly float unknownScore, highest;

    internal SentencePieceUnigram(SentencePieceModel model, string name)
        : base(model, name)
    {
        var scores = Pieces.Where(p => p.Type == SentencePieceType.Normal).Select(p => p.Score).DefaultIfEmpty(0).ToArray();
        unknownScore = scores.Min() - UnknownPenalty;
        highest = scores.Max();
        longest = Texts.Keys.Select(text => text.Length).DefaultIfEmpty(1).Max();
    }

    private record struct Node(int Id, float Score, int Start);

    private protected override void EncodeNormalized(string text, PieceSink output)
    {
        var ends = new Node[text.Length + 1];
        Array.Fill(ends, new Node(-1, 0, -1));
        for (var start = 0; start < text.Length;)
        {
            var character = char.IsHighSurrogate(text[start]) ? 2 : 1;
            if (!Extend(text, start, character, ends)) Offer(ref ends[start + character], -1, (double)unknownScore + ends[start].Score, start);
            start += character;
        }
        var path = new Stack<(int Start, int End)>();
        for (var end = text.Length; end > 0; end = ends[end].Start) path.Push((ends[end].Start, end));
        foreach (var (start, end) in path)
            if (ends[end].Id >= 0) output.Add(ends[end].Id);
            else output.AddUnknown(text.AsSpan(start, end - start));
    }

    private bool Extend(string text, int start, int character, Node[] ends)
    {
        var pieces = Texts.GetAlternateLookup<ReadOnlySpan<char>>();
        var single = false;
        for (var length = character; length <= Math.Min(longest, text.Length - start); length++)
        {
            var piece = text.AsSpan(start, length);
            if (!pieces.TryGetValue(piece, out var id) || Pieces[id].Type == SentencePieceType.Unused) continue;
            var score = Pieces[id].Type == SentencePieceType.UserDefined ? (Encoding.UTF8.GetByteCount(piece) * highest) - 0.1 : Pieces[id].Score;
            Offer(ref ends[start + length], id, score + ends[start].Score, start);
            single |= length == character;
        }
        return single;
    }

    private static void Offer(ref Node node, int id, double score, int start)
    {
        if (node.Start < 0 || score > node.Score) node = new Node(id, (float)score, start);
    }
}
