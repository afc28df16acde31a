using System.Text;

namespace Puna.Text.Tests;

/// <summary>A tokenizer file is known by what it holds, and a wrong one is answered with a sentence.</summary>
public class TokenizerFileTests
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Every_kind_is_known_by_its_content_whatever_its_name()
    {
        LoadBytes(SmallFiles.Ranks()).ShouldBeOfType<ByteLevelBpe>().VocabularySize.ShouldBe(265 + 256);
        LoadBytes(SmallFiles.TokBin()).ShouldBeOfType<SentencePieceBpe>().VocabularySize.ShouldBe(512);
        LoadBytes(File.ReadAllBytes(GoldenModels.Stored("bpe_512_llama.model"))).ShouldBeOfType<SentencePieceBpe>();
        LoadBytes(File.ReadAllBytes(GoldenModels.Stored("unigram_1000_identity_no_dummy_prefix.model"))).ShouldBeOfType<SentencePieceUnigram>();
        LoadBytes(TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("bpe_512_llama"))).ShouldBeOfType<ByteFallbackBpe>();
    }

    [Fact]
    public void Llama2_cs_vocabulary_gives_the_ids_of_the_model_it_was_made_from()
    {
        var (one, other) = (GoldenModels.LoadStored("bpe_512_llama"), LoadBytes(SmallFiles.TokBin()));
        foreach (var line in GoldenModels.Lines(GoldenModels.Stored("bpe_512_llama.encode.jsonl")))
        {
            var text = line.GetProperty("text").GetString()!;
            other.Encode(text).ShouldBe(GoldenModels.Ids(line), text);
            other.Decode(GoldenModels.Ids(line)).ShouldBe(one.Decode(GoldenModels.Ids(line)));
        }
        (other.BosId, other.EosId, other.UnknownId).ShouldBe((1, 2, 0));
    }

    [SkippableFact]
    public void Gpt_2s_two_files_are_found_in_a_folder_and_by_the_first_of_them()
    {
        foreach (var name in (string[])["vocab.json", "merges.txt"]) File.Copy(ReleasedTokenizers.Path($"gpt2/{name}"), Path.Combine(folder, name));
        var tokenizer = Puna.Text.Tokenizers.Load(folder).ShouldBeOfType<ByteLevelBpe>();
        (tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId, tokenizer.AddsBos).ShouldBe((50257, 50256, 50256, false));
        Puna.Text.Tokenizers.Load(Path.Combine(folder, "vocab.json")).Encode("Hello world").ShouldBe([15496, 995]);
        tokenizer.Encode("<|endoftext|>").ShouldNotContain(50256);
        tokenizer.Encode("<|endoftext|>", new EncodeOptions(ParseSpecial: true)).ShouldBe([50256]);
    }

    [SkippableFact]
    public void A_gguf_file_and_nothing_are_named()
    {
        Should.Throw<InvalidDataException>(() => LoadBytes("GGUF...."u8.ToArray())).Message.ShouldContain("the file is a GGUF model, not a tokenizer file alone");
        Should.Throw<InvalidDataException>(() => Puna.Text.Tokenizers.Load(folder + "/..")).Message.ShouldContain("the folder holds no tokenizer; this build reads tokenizer.model");
        Should.Throw<InvalidDataException>(() => Puna.Text.Tokenizers.Create(GgufVocabularies.Read(ReleasedTokenizers.Path("llama-cpp/ggml-vocab-bert-bge.gguf")) with { Model = "t5" })).Message
            .ShouldContain("the vocabulary's kind 't5' (tokenizer.ggml.model) is not read; this build reads llama, gpt2 and bert.");
    }

    [Theory]
    [InlineData("YQ== 0\nYg==\n", "line 2: a line is a token in base64, a space and its rank")]
    [InlineData("YQ== 0\nYg== 5\n", "line 2: the rank 5 is outside 0 to 2")]
    [InlineData("YQ== 0\nYg== 0\n", "line 2: the rank 0 is there already")]
    [InlineData("YQ== 1\nYg== 2\n", "2 tokens, but none of rank 0")]
    [InlineData("YQ 0\n", "line 1: the token is not base64")]
    [InlineData("YQ== 0\nYQ== 1\n", "the ids 0 and 1 are the same token, 'a'")]
    [InlineData("YQ== 0\n", "no token is the byte 0x00; a rank file has one for every byte")]
    [InlineData("\n\n", "there is no token in 2 bytes")]
    public void A_wrong_rank_file_is_told_where(string content, string sentence) => Refusal(() => RankFile.Parse(Encoding.ASCII.GetBytes(content), "some.ranks")).ShouldContain(sentence);

    [Theory]
    [InlineData("01", "1 bytes are too few")]
    [InlineData("04000000 0000000000", "5 bytes are left at byte 4 for piece 0")]
    [InlineData("04000000 00000000 09000000 61", "piece 0 at byte 12 has the length 9; the longest is said to be 4, and 1 bytes are left")]
    [InlineData("04000000 0000C07F 01000000 61", "the score of piece 0 is NaN")]
    [InlineData("04000000 00000000 01000000 FF", "piece 0 is not UTF-8 at its byte 0")]
    [InlineData("04000000 00000000 01000000 61", "1 pieces; a vocabulary of llama2.c begins with <unk>, <s> and </s>")]
    public void A_wrong_vocabulary_of_llama2_c_is_told_where(string hex, string sentence) => Refusal(() => TokBin.Parse(Convert.FromHexString(hex.Replace(" ", "")), "some.bin")).ShouldContain(sentence);

    [Fact]
    public void Wrong_lists_of_a_gguf_file_are_told()
    {
        var lists = new EmbeddedVocabulary { Model = "llama", Tokens = ["<unk>", "<s>", "</s>", "a"], Scores = [0, 0, 0, 0], TokenTypes = [2, 3, 3, 1], BosId = 1, EosId = 2, UnknownId = 0 };
        Puna.Text.Tokenizers.Create(lists).Encode("a", new EncodeOptions(AddBos: true))[0].ShouldBe(1);
        void Told(EmbeddedVocabulary wrong, string sentence) => Refusal(() => Puna.Text.Tokenizers.Create(wrong, "some.gguf")).ShouldContain(sentence);
        Told(lists with { Scores = [0] }, "tokenizer.ggml.scores has 1 entries for 4 tokens");
        Told(lists with { Scores = null }, "tokenizer.ggml.scores is missing");
        Told(lists with { Tokens = [] }, "the vocabulary has no tokens");
        Told(lists with { Tokens = ["<unk>", "<s>", "</s>", ""] }, "token 3 is empty");
        Told(lists with { Tokens = ["<unk>", "a", "</s>", "a"] }, "are both 'a'");
        Told(lists with { TokenTypes = [2, 3, 3, 9] }, "the type of token 3 is 9");
        Told(lists with { BosId = 4 }, "tokenizer.ggml.bos_token_id is 4, but ids are 0 to 3");
        Told(lists with { Model = "gpt2" }, "tokenizer.ggml.merges is missing");
        Told(lists with { Model = "gpt2", Merges = [] }, "tokenizer.ggml.pre is missing");
        Told(lists with { Model = "gpt2", Merges = [], PreTokenizer = "unheard-of" }, "the pre-tokenizer 'unheard-of' (tokenizer.ggml.pre) is not known; this build knows gpt-2, llama-bpe");
        Told(lists with { Model = "gpt2", Merges = ["a"], PreTokenizer = "gpt-2" }, "merge 0 is 'a', not two tokens");
        Told(lists with { Model = "gpt2", Merges = ["a a"], PreTokenizer = "gpt-2" }, "merge 0, 'a' and 'a', needs the token 'aa'");
    }

    [Fact]
    public void Tokens_that_a_folder_adds_to_its_sentencepiece_file_are_tokens()
    {
        File.Copy(GoldenModels.Stored("bpe_512_llama.model"), Path.Combine(folder, "tokenizer.model"));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"added_tokens_decoder":{"1":{"content":"<s>","special":true},"512":{"content":"<|im_start|>","special":true},"513":{"content":"<tool>","special":false}}}""");
        var tokenizer = Puna.Text.Tokenizers.Load(folder);
        (tokenizer.VocabularySize, tokenizer.IdToPiece(512), tokenizer.IsControl(512), tokenizer.IsControl(513)).ShouldBe((514, "<|im_start|>", true, false));
        tokenizer.Encode("<|im_start|>").ShouldNotContain(512);
        tokenizer.Encode("a<tool>").ShouldContain(513);
        tokenizer.Decode([513]).ShouldBe("<tool>");
        var again = Directory.CreateTempSubdirectory().FullName;
        tokenizer.Save(again);
        Puna.Text.Tokenizers.Load(again).IdToPiece(513).ShouldBe("<tool>");
        File.WriteAllText(Path.Combine(folder, "added_tokens.json"), """{"<gap>":520}""");
        Refusal(() => Puna.Text.Tokenizers.Load(folder)).ShouldContain("the added token '<gap>' has the id 520, but the tokenizer has 514 pieces before it");
        File.WriteAllText(Path.Combine(folder, "added_tokens.json"), "{");
        Refusal(() => Puna.Text.Tokenizers.Load(folder)).ShouldContain("added_tokens.json: the file is not JSON");
    }

    [Fact]
    public void Rules_for_decoded_text_are_refused()
    {
        byte[] whole = [.. File.ReadAllBytes(GoldenModels.Stored("bpe_512_llama.model")), 0x2A, 3, 0x12, 1, 0];
        Refusal(() => SentencePieceModel.Parse(whole, "some.model")).ShouldContain("rules for decoded text (field 5, denormalizer)");
    }

    [Fact]
    public void What_a_file_cannot_say_is_not_written()
    {
        Refusal(() => TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("unigram_1000_identity_no_dummy_prefix"))).ShouldContain("A SentencePieceUnigram cannot be written as tokenizer.json");
        var model = SentencePieceModel.Load(GoldenModels.Stored("bpe_512_llama.model"));
        model.Pieces.Add(new SentencePiece("<tool>", 0, SentencePieceType.UserDefined));
        Refusal(() => TokenizerJsonWriter.ToBytes(Puna.Text.Tokenizers.Create(model))).ShouldContain("user-defined symbols, which merges in a tokenizer.json do not say");
    }

    private static string Refusal(Func<object> act) => Should.Throw<InvalidDataException>(() => act()).Message;

    private Tokenizer LoadBytes(byte[] bytes)
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, bytes);
        return Puna.Text.Tokenizers.Load(path);
    }
}
