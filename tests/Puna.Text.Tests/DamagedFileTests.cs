using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

public class DamagedFileTests
{
    private static readonly byte[] Whole = File.ReadAllBytes(GoldenModels.Stored("bpe_512_ascii_symbols.model"));

    [Fact]
    public void A_truncated_file_is_refused_or_loads_but_never_crashes()
    {
        for (var length = 0; length < Whole.Length; length += 7) Try(Whole[..length]);
        Should.Throw<InvalidDataException>(() => SentencePieceModel.Parse([], "empty.model")).Message.ShouldStartWith("empty.model: no pieces in 0 bytes");
    }

    [Fact]
    public void A_changed_file_is_refused_or_loads_but_never_crashes()
    {
        var changes = Gen.Two(Gen.Choose(0, Whole.Length - 1)).Zip(Gen.Two(Gen.Choose(0, 255))).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(changes, change =>
        {
            var ((first, second), (one, two)) = change;
            var bytes = (byte[])Whole.Clone();
            (bytes[first], bytes[second]) = ((byte)one, (byte)two);
            Try(bytes);
        }));
    }

    [Fact]
    public void A_changed_character_map_is_refused_or_works_but_never_crashes()
    {
        var rules = new Dictionary<string, string> { ["a"] = "b", ["ab"] = "", ["é"] = "e", ["語語"] = "x y" };
        var blob = DoubleArrayBuilder.Build(rules);
        var changes = Gen.Choose(0, blob.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(changes, change =>
        {
            var bytes = (byte[])blob.Clone();
            bytes[change.Item1] = (byte)change.Item2;
            try
            {
                var map = new CharsMap(bytes, "changed");
                foreach (var text in new[] { "abab", "é", "語語", "zz" }) map.Match(text, out _);
            }
            catch (InvalidDataException)
            {
                // Refused with a sentence: what is wanted.
            }
        }));
    }

    [Fact]
    public void Reading_and_writing_keeps_every_byte_of_a_foreign_file() => SentencePieceModel.Parse(Whole).ToBytes().ShouldBe(Whole);

    [Fact]
    public void Unknown_fields_survive()
    {
        byte[] extra = [.. Whole, 0xFA, 0x3F, 2, 1, 2];
        SentencePieceModel.Parse(extra).ToBytes().ShouldBe(extra);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_is_read()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Should.Throw<InvalidDataException>(() => Tokenizers.Load(folder)).Message.ShouldContain("tokenizer.model");
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{}");
        Should.Throw<InvalidDataException>(() => Tokenizers.Load(folder)).Message.ShouldContain("model is missing");
        Should.Throw<FileNotFoundException>(() => Tokenizers.Load(Path.Combine(folder, "none")));
        GoldenModels.LoadStored("bpe_512_llama").Save(folder);
        Tokenizers.Load(folder).VocabularySize.ShouldBe(512);
        Directory.Delete(folder, true);
    }

    private static void Try(byte[] bytes)
    {
        try
        {
            var tokenizer = Tokenizers.Create(SentencePieceModel.Parse(bytes));
            tokenizer.Decode(tokenizer.Encode("Uopase [INST] qeqi 12"));
        }
        catch (InvalidDataException error)
        {
            error.Message.ShouldNotBeEmpty();
        }
    }
}
