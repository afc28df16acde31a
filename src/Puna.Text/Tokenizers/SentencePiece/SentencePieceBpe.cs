using System.Collections.Concurrent;

namespace Puna.Text;

/// <summary>
/// Byte pair encoding as SentencePiece does it: from single characters, the adjacent pair whose joined text is the piece of highest score
/// is merged, the leftmost of equals, until no pair is a piece. Time is n log n for a stretch without a place where it can be cut, and
/// linear for ordinary text, which is cut before spaces.
/// Source: google/sentencepiece, src/bpe_model.cc (behaviour).
/// </summary>
public sealed class SentencePieceBpe : SentencePieceTokenizer
{
    private const int LongestCached = 32, MostCached = 1 << 16;
    private readonly bool cutsAtSpaces;
    private readonly ConcurrentDictionary<string, Segment[]> cache = new(StringComparer.Ordinal);

    internal SentencePieceBpe(SentencePieceModel model, string name)
        : base(model, name) =>
        // No merge can cross a place before a space, unless some piece has a space behind another character.
        cutsAtSpaces = Texts.Keys.All(piece => piece.AsSpan().TrimStart(TextNormalizer.Space).IndexOf(TextNormalizer.Space) < 0);

    /// <summary>A final piece of a segment; id -1 for characters outside the vocabulary.</summary>
    private readonly record struct Segment(int Start, int Length, int Id);

    private protected override void EncodeNormalized(string text, PieceSink output)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var length = 0;
            var start = rest.Length;
            if (!UserSymbols.IsEmpty) UserSymbols.Next(rest, out start, out length);
            EncodeStretch(rest[..start], output);
            if (length > 0) output.Add(Texts.GetAlternateLookup<ReadOnlySpan<char>>()[rest.Slice(start, length)]);
            rest = rest[(start + length)..];
        }
    }

    private void EncodeStretch(ReadOnlySpan<char> text, PieceSink output)
    {
        while (!text.IsEmpty)
        {
            var end = text.Length;
            if (cutsAtSpaces)
            {
                var word = text.IndexOfAnyExcept(TextNormalizer.Space);
                var next = word < 0 ? -1 : text[word..].IndexOf(TextNormalizer.Space);
                if (next >= 0) end = word + next;
            }
            EncodeWord(text[..end], output);
            text = text[end..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, PieceSink output)
    {
        Segment[]? segments;
        if (word.Length > LongestCached) segments = Merge(word);
        else if (!cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out segments))
        {
            segments = Merge(word);
            if (cache.Count < MostCached) cache.TryAdd(word.ToString(), segments);
        }
        foreach (var (start, length, id) in segments)
            if (id >= 0) output.Add(id);
            else output.AddUnknown(word.Slice(start, length));
    }

    private Segment[] Merge(ReadOnlySpan<char> word)
    {
        var merger = new BpeMerger(word.Length);
        merger.Split(word);
        var pieces = Texts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i + 1 < merger.Count; i++) Propose(ref merger, word, i, i + 1, pieces);
        Dictionary<(int Start, int Length), int>? cuts = null;
        while (merger.TryTake(out var left, out var right, out var id))
        {
            if (Pieces[id].Type == SentencePieceType.Unused) (cuts ??= [])[merger.Joined(left, right)] = merger.Length(left);
            merger.Join(left, right);
            if (merger.Previous(left) is >= 0 and var previous) Propose(ref merger, word, previous, left, pieces);
            if (merger.Next(left) is >= 0 and var next) Propose(ref merger, word, left, next, pieces);
        }
        var result = new List<Segment>();
        for (var i = 0; i >= 0; i = merger.Next(i)) Finish(word, merger.Start(i), merger.Length(i), cuts, result);
        return [.. result];
    }

    private void Propose(ref BpeMerger merger, ReadOnlySpan<char> word, int left, int right, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> pieces)
    {
        var (start, length) = merger.Joined(left, right);
        if (pieces.TryGetValue(word.Slice(start, length), out var id)) merger.Propose(left, right, id, Pieces[id].Score);
    }

    // An unused piece is taken apart again along its last merge.
    private void Finish(ReadOnlySpan<char> word, int start, int length, Dictionary<(int Start, int Length), int>? cuts, List<Segment> result)
    {
        if (!Texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word.Slice(start, length), out var id)) id = -1;
        if (id < 0 || cuts is null || Pieces[id].Type != SentencePieceType.Unused || !cuts.TryGetValue((start, length), out var cut))
        {
            result.Add(new Segment(start, length, id));
            return;
        }
        Finish(word, start, cut, cuts, result);
        Finish(word, start + cut, length - cut, cuts, result);
    }
}
