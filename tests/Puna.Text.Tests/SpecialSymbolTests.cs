namespace Puna.Text.Tests;

public class SpecialSymbolTests
{
    private static readonly Tokenizer Symbols = GoldenModels.LoadStored("bpe_512_ascii_symbols");

    [Fact]
    public void Control_symbols_in_text_stay_text_unless_asked_for()
    {
        Symbols.TryGetId("<|eot_id|>", out var end).ShouldBeTrue();
        Symbols.Encode("a<|eot_id|></s>").ShouldNotContain(end);
        Symbols.Encode("a<|eot_id|></s>", new EncodeOptions(ParseSpecial: true)).ShouldBe([.. Symbols.Encode("a"), end, Symbols.EosId!.Value]);
        Symbols.IsControl(end).ShouldBeTrue();
    }

    [Fact]
    public void Begin_and_end_are_added_once_when_asked_for()
    {
        Symbols.Encode("a", new EncodeOptions(AddBos: true, AddEos: true)).ShouldBe([1, .. Symbols.Encode("a"), 2]);
        Symbols.Encode("").ShouldBeEmpty();
        (Symbols.BosId, Symbols.EosId, Symbols.UnknownId, Symbols.PadId).ShouldBe((1, 2, 0, 3));
    }

    [Fact]
    public void Encoding_into_a_list_keeps_what_is_there()
    {
        var ids = new List<int> { 7 };
        Symbols.Encode("qeqi", ids);
        ids.ShouldBe([7, .. Symbols.Encode("qeqi")]);
        Symbols.Decode(ids.ToArray().AsSpan(1)).ShouldBe("qeqi");
    }

    [Fact]
    public void Unused_pieces_are_taken_apart_again()
    {
        var model = new SentencePieceModel();
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Normalizer.AddDummyPrefix = false;
        model.Pieces.AddRange(
        [
            new("<unk>", 0, SentencePieceType.Unknown), new("ab", -1), new("abc", -2, SentencePieceType.Unused), new("a", -3), new("b", -4), new("c", -5),
        ]);
        var tokenizer = Tokenizers.Create(model);
        tokenizer.Encode("abc").ShouldBe([1, 5]);
    }

    [Fact]
    public void One_long_text_takes_time_in_proportion()
    {
        var tokenizer = GoldenModels.LoadStored("bpe_512_llama");
        var corpus = File.ReadAllText(GoldenModels.Stored("corpus_ascii.txt"));
        var text = string.Concat(Enumerable.Repeat(corpus, 11));
        var spaceless = string.Concat(Enumerable.Repeat("uopaseqeqi", 100_000));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        tokenizer.Decode(tokenizer.Encode(text)).ShouldBe(text);
        tokenizer.Decode(tokenizer.Encode(spaceless)).ShouldBe(spaceless);
        clock.Elapsed.TotalSeconds.ShouldBeLessThan(20);
    }
}
