using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

/// <summary>What is found in one pass is what looking at every place finds.</summary>
public class PieceAutomatonTests
{
    private const int Long = 300_000;
    private static readonly Gen<string> Word = Gen.Elements("a", "b", "ab", "aab", "\u2581", "é", "\U0001F999", "x", " ").ListOf().Select(string.Concat);
    private static readonly Arbitrary<(string[] Pieces, string Text)> Cases =
        (from pieces in Word.ListOf() from text in Word.ListOf() select (pieces.Where(piece => piece.Length > 0).Distinct().ToArray(), string.Concat(text))).ToArbitrary();

    [Fact]
    public void The_leftmost_symbol_is_found_and_the_longest_of_those() => Check.One(RandomText.Runs(2000), Prop.ForAll(Cases, item =>
    {
        var matcher = new SymbolMatcher(item.Pieces);
        for (var from = 0; from <= item.Text.Length; from++)
        {
            var expected = Enumerable.Range(from, item.Text.Length - from).Select(at => (at, Longest(item.Pieces, item.Text, at))).FirstOrDefault(found => found.Item2 > 0, (item.Text.Length, 0));
            matcher.Next(item.Text.AsSpan(from), out var start, out var length).ShouldBe(expected.Item2 > 0);
            (start + from, length).ShouldBe(expected);
        }
    }));

    [Fact]
    public void A_unigram_model_finds_the_best_cut() => Check.One(RandomText.Runs(2000), Prop.ForAll(Cases, item =>
    {
        var model = Unigram([.. item.Pieces.Select((piece, i) => new SentencePiece(piece.Replace(' ', '\u2581'), -1 - (i % 5), i % 11 == 7 ? SentencePieceType.Unused : i % 11 == 9 ? SentencePieceType.UserDefined : SentencePieceType.Normal)).DistinctBy(piece => piece.Text)]);
        Puna.Text.Tokenizers.Create(model).Encode(item.Text).ShouldBe(Plain(model, item.Text.Replace(' ', '\u2581')));
    }));

    [Fact]
    public void Long_pieces_cost_no_more_than_short_ones()
    {
        var (text, almost) = (new string('a', Long), new string('a', Long) + "b");
        var tokenizer = Puna.Text.Tokenizers.Create(Unigram([new("a", -1), new("aa", -1.5f), new(almost, -1)]));
        tokenizer.Encode(text).Length.ShouldBe(Long / 2);
        tokenizer.Encode(almost).Length.ShouldBe(1);
        var merges = new SentencePieceModel();
        merges.Trainer.ModelType = SentencePieceModelType.Bpe;
        merges.Normalizer.AddDummyPrefix = false;
        merges.Pieces.AddRange([new("<unk>", 0, SentencePieceType.Unknown), new("a", -2), new("aa", -1), new(almost, -1)]);
        Puna.Text.Tokenizers.Create(merges).Encode(text).Length.ShouldBe(Long / 2);
        var words = Puna.Text.Tokenizers.Create(new EmbeddedVocabulary { Model = "bert", Tokens = ["[UNK]", "\u2581a", "a", "aa", almost], TokenTypes = [2, 1, 1, 1, 1], UnknownId = 0 });
        words.Encode(text).Length.ShouldBe(1 + (Long / 2));
    }

    private static int Longest(string[] pieces, string text, int at) => pieces.Where(piece => text.AsSpan(at).StartsWith(piece, StringComparison.Ordinal)).Select(piece => piece.Length).DefaultIfEmpty(0).Max();

    private static SentencePieceModel Unigram(SentencePiece[] pieces)
    {
        var model = new SentencePieceModel();
        model.Trainer.ModelType = SentencePieceModelType.Unigram;
        (model.Normalizer.AddDummyPrefix, model.Normalizer.RemoveExtraWhitespaces) = (false, false);
        model.Pieces.Add(new SentencePiece("<unk>", 0, SentencePieceType.Unknown));
        model.Pieces.AddRange(pieces);
        return model;
    }

    // Place by place, every length: as the definition says.
    private static int[] Plain(SentencePieceModel model, string text)
    {
        var normal = model.Pieces.Where(piece => piece.Type == SentencePieceType.Normal).Select(piece => piece.Score).DefaultIfEmpty(0).ToArray();
        var ends = new (float Score, int Start, int Id)[text.Length + 1];
        Array.Fill(ends, (0f, -1, -1));
        for (var start = 0; start < text.Length;)
        {
            var (character, single) = (char.IsHighSurrogate(text[start]) ? 2 : 1, false);
            for (var length = character; start + length <= text.Length; length++)
            {
                var id = model.Pieces.FindIndex(piece => piece.Text == text.Substring(start, length) && piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined);
                if (id <= 0 || model.Pieces[id].Text != text.Substring(start, length)) continue;
                single |= length == character;
                Offer(start + length, start, id, model.Pieces[id].Type == SentencePieceType.UserDefined ? (Encoding.UTF8.GetByteCount(model.Pieces[id].Text) * normal.Max()) - 0.1 : model.Pieces[id].Score);
            }
            if (!single) Offer(start + character, start, -1, normal.Min() - 10);
            start += character;
        }
        var ids = new List<int>();
        for (var end = text.Length; end > 0; end = ends[end].Start)
            if (ends[end].Id > 0 || ids.Count == 0 || ids[^1] != 0) ids.Add(Math.Max(ends[end].Id, 0));
        ids.Reverse();
        return [.. ids];

        void Offer(int end, int start, int id, double score)
        {
            if (ends[end].Start < 0 || score + ends[start].Score > ends[end].Score) ends[end] = ((float)(score + ends[start].Score), start, id);
        }
    }
}
