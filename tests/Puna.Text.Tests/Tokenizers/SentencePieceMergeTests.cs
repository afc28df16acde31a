using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

/// <summary>Words, merge table and cache against the definition: look at all pairs, join the best, begin again.</summary>
public class SentencePieceMergeTests
{
    private static readonly string[] Alphabet = ["a", "b", "c", "\u2581", "\u2581", "é", "\U0001F999", " "];

    private static readonly Gen<string> Piece = Gen.Choose(1, 5).SelectMany(size => Gen.Elements(Alphabet).ListOf(size)).Select(string.Concat);

    private static readonly Gen<SentencePiece> Entry =
        from text in Piece
        from score in Gen.Choose(-6, 0)
        from type in Gen.Frequency((12, Gen.Constant(SentencePieceType.Normal)), (1, Gen.Constant(SentencePieceType.UserDefined)), (1, Gen.Constant(SentencePieceType.Unused)))
        select new SentencePiece(text, score, type);

    private static readonly Gen<string> Words = Gen.Elements("a", "b", "c", "ab", "ba", "aab", " ", "  ", "\u2581", "é", "\U0001F999", "語", "x", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc").ListOf().Select(string.Concat);

    private static readonly Arbitrary<Case> Cases = (
        from pieces in Entry.ListOf()
        from texts in Words.ListOf(3)
        from bytes in Gen.Elements(true, false)
        from escapes in Gen.Frequency((5, Gen.Constant(true)), (1, Gen.Constant(false)))
        from unused in Gen.Elements(true, false)
        select new Case([.. pieces.Where(piece => unused || piece.Type != SentencePieceType.Unused).DistinctBy(piece => piece.Text)], [.. texts], bytes, escapes)).ToArbitrary();

    private sealed record Case(SentencePiece[] Pieces, string[] Texts, bool Bytes, bool Escapes);

    [Fact]
    public void Random_vocabularies_merge_as_the_definition_says() => Check.One(RandomText.Runs(3000), Prop.ForAll(Cases, item =>
    {
        var model = new SentencePieceModel();
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Trainer.ByteFallback = item.Bytes;
        (model.Normalizer.AddDummyPrefix, model.Normalizer.RemoveExtraWhitespaces, model.Normalizer.EscapeWhitespaces) = (false, false, item.Escapes);
        model.Pieces.Add(new SentencePiece("<unk>", 0, SentencePieceType.Unknown));
        if (item.Bytes) model.Pieces.AddRange(Enumerable.Range(0, 256).Select(value => new SentencePiece($"<0x{value:X2}>", 0, SentencePieceType.Byte)));
        model.Pieces.AddRange(item.Pieces);
        var tokenizer = Puna.Text.Tokenizers.Create(model);
        // The second time the words are remembered.
        foreach (var text in item.Texts.Concat(item.Texts)) tokenizer.Encode(text).ShouldBe(Plain(model, Prepared(text, item)), text);
        tokenizer.EncodeAll(item.Texts, threads: 2).ShouldBe(item.Texts.Select(text => tokenizer.Encode(text)));
    }));

    // A user-defined symbol stays as it is spelled, but every space of the text becomes U+2581.
    private static string Prepared(string text, Case item) => item.Escapes ? text.Replace(' ', '\u2581') : text;

    private static int[] Plain(SentencePieceModel model, string text)
    {
        var ids = model.Pieces.Select((piece, id) => (piece, id)).Where(item => item.piece.Type is not (SentencePieceType.Unknown or SentencePieceType.Byte)).ToDictionary(item => item.piece.Text, item => item.id);
        var user = model.Pieces.Where(piece => piece.Type == SentencePieceType.UserDefined).Select(piece => piece.Text).OrderByDescending(symbol => symbol.Length).ToArray();
        var (symbols, notes) = (new List<(string Text, bool Fixed)>(), new Dictionary<string, (string, string)>());
        for (var at = 0; at < text.Length;)
        {
            var symbol = user.FirstOrDefault(symbol => text.AsSpan(at).StartsWith(symbol, StringComparison.Ordinal));
            var length = symbol?.Length ?? (char.IsHighSurrogate(text[at]) ? 2 : 1);
            symbols.Add((text.Substring(at, length), symbol is not null));
            at += length;
        }
        for (var i = 1; i < symbols.Count; i++) Note(i - 1);
        while (true)
        {
            var (best, score) = (-1, float.NegativeInfinity);
            for (var i = 0; i + 1 < symbols.Count; i++)
                if (Joined(i) is { } id && model.Pieces[id].Score > score) (best, score) = (i, model.Pieces[id].Score);
            if (best < 0) break;
            symbols[best] = (symbols[best].Text + symbols[best + 1].Text, false);
            symbols.RemoveAt(best + 1);
            Note(best - 1);
            Note(best);
        }
        var output = new List<int>();
        var afterUnknown = false;
        foreach (var (symbol, isFixed) in symbols) Finish(symbol, isFixed);
        return [.. output];

        int? Joined(int left) => left >= 0 && left + 1 < symbols.Count && !symbols[left].Fixed && !symbols[left + 1].Fixed && ids.TryGetValue(symbols[left].Text + symbols[left + 1].Text, out var id) ? id : null;

        void Note(int left)
        {
            if (Joined(left) is { } id && model.Pieces[id].Type == SentencePieceType.Unused) notes[model.Pieces[id].Text] = (symbols[left].Text, symbols[left + 1].Text);
        }

        void Finish(string symbol, bool isFixed)
        {
            if (ids.TryGetValue(symbol, out var id))
            {
                if (!isFixed && model.Pieces[id].Type == SentencePieceType.Unused && notes.TryGetValue(symbol, out var parts))
                {
                    Finish(parts.Item1, false);
                    Finish(parts.Item2, false);
                    return;
                }
                output.Add(id);
                afterUnknown = false;
            }
            else if (model.Trainer.ByteFallback) output.AddRange(Encoding.UTF8.GetBytes(symbol).Select(value => 1 + value));
            else
            {
                if (!afterUnknown) output.Add(0);
                afterUnknown = true;
            }
        }
    }

    [Fact]
    public void A_chain_of_unused_pieces_is_taken_apart_without_depth()
    {
        var model = new SentencePieceModel();
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Normalizer.AddDummyPrefix = false;
        model.Pieces.Add(new SentencePiece("<unk>", 0, SentencePieceType.Unknown));
        model.Pieces.Add(new SentencePiece("a", 0));
        for (var length = 2; length <= 1500; length++) model.Pieces.Add(new SentencePiece(new string('a', length), -length, SentencePieceType.Unused));
        Puna.Text.Tokenizers.Create(model).Encode(new string('a', 1500)).ShouldBe(Enumerable.Repeat(1, 1500));
        for (var length = 1501; length <= 2200; length++) model.Pieces.Add(new SentencePiece(new string('a', length), -length));
        Should.Throw<InvalidDataException>(() => Puna.Text.Tokenizers.Create(model)).Message.ShouldContain("far more than a vocabulary has");
    }
}
