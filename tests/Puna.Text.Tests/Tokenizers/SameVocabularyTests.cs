using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>One vocabulary gives the same ids from whatever kind of file it is read.</summary>
public class SameVocabularyTests
{
    private static readonly Lazy<Tokenizer> Llama3Json = new(() => TokenizerJson.Parse(TokenizerJsonWriter.ToBytes(ReleasedTokenizers.Llama3)));
    private static readonly Lazy<Tokenizer> Llama2Json = new(() => TokenizerJson.Parse(TokenizerJsonWriter.ToBytes(ReleasedTokenizers.Llama2)));
    private static readonly Lazy<Tokenizer> Gpt2Json = new(() => TokenizerJson.Parse(TokenizerJsonWriter.ToBytes(ReleasedTokenizers.Gpt2)));

    [SkippableFact]
    public void Llama_3_from_ranks_and_from_the_tokenizer_json_made_of_them() => Compare(ReleasedTokenizers.Llama3, Llama3Json.Value, "llama3");

    [SkippableFact]
    public void Llama_2_from_its_model_and_from_the_tokenizer_json_made_of_it() => Compare(ReleasedTokenizers.Llama2, Llama2Json.Value, "llama2");

    [SkippableFact]
    public void Llama_2_from_its_model_and_from_gguf() => Compare(ReleasedTokenizers.Llama2, ReleasedTokenizers.Load("llama-cpp/ggml-vocab-llama-spm.gguf"), "llama2");

    [SkippableFact]
    public void Llama_2_from_its_model_and_from_llama2_c() => Compare(ReleasedTokenizers.Llama2, ReleasedTokenizers.Load("llama2/tokenizer.bin"), "llama2");

    [SkippableFact]
    public void Gpt_2_from_its_two_files_and_from_the_tokenizer_json_made_of_them() => Compare(ReleasedTokenizers.Gpt2, Gpt2Json.Value, "gpt2");

    [SkippableFact]
    public void Gpt_2_from_its_two_files_and_from_gguf() => Compare(ReleasedTokenizers.Gpt2, ReleasedTokenizers.Load("llama-cpp/ggml-vocab-gpt-2.gguf"), "gpt2");

    [SkippableTheory]
    [InlineData("falcon")]
    [InlineData("starcoder")]
    [InlineData("deepseek-coder")]
    public void A_byte_level_vocabulary_from_gguf_and_from_the_tokenizer_json_made_of_it(string name)
    {
        var tokenizer = ReleasedTokenizers.Load($"llama-cpp/ggml-vocab-{name}.gguf");
        Compare(tokenizer, SavedAndLoaded(tokenizer), "");
    }

    [SkippableTheory]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("gpt2")]
    [InlineData("llama-cpp/ggml-vocab-phi-3.gguf")]
    public void A_model_folder_gives_back_what_was_saved_in_it(string file)
    {
        var (tokenizer, loaded) = (ReleasedTokenizers.Load(file), SavedAndLoaded(ReleasedTokenizers.Load(file)));
        (loaded.BosId, loaded.EosId, loaded.PadId, loaded.UnknownId, loaded.AddsBos, loaded.VocabularySize)
            .ShouldBe((tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnknownId, tokenizer.AddsBos, tokenizer.VocabularySize));
        Enumerable.Range(0, tokenizer.VocabularySize).Count(id => loaded.IdToPiece(id) != tokenizer.IdToPiece(id) || loaded.IsControl(id) != tokenizer.IsControl(id)).ShouldBe(0);
        foreach (var text in Texts().Take(2)) loaded.Encode(text).AsSpan().SequenceEqual(tokenizer.Encode(text)).ShouldBeTrue();
    }

    [SkippableTheory]
    [InlineData("llama3", "tokenizer.model")]
    [InlineData("torchtune/tiktoken_small.model", "tiktoken_small.model")]
    public void A_rank_file_is_written_again_byte_for_byte(string file, string name)
    {
        var path = ReleasedTokenizers.Path(file);
        if (Directory.Exists(path)) path = Path.Combine(path, name);
        var written = Path.Combine(Directory.CreateTempSubdirectory().FullName, "ranks");
        RankFile.Save((ByteLevelBpe)ReleasedTokenizers.Load(file), written);
        File.ReadAllBytes(written).AsSpan().SequenceEqual(File.ReadAllBytes(path)).ShouldBeTrue();
    }

    [SkippableFact]
    public void A_tokenizer_read_from_tokenizer_json_is_written_with_all_its_parts()
    {
        foreach (var file in (string[])["torchtune/tokenizer.json", "torchtune/tiny_bpe_tokenizer.json"])
        {
            var tokenizer = ReleasedTokenizers.Load(file);
            var folder = Directory.CreateTempSubdirectory().FullName;
            tokenizer.Save(folder);
            Compare(tokenizer, Puna.Text.Tokenizers.Load(folder), "");
            var again = TokenizerJsonWriter.ToBytes(Puna.Text.Tokenizers.Load(folder));
            again.AsSpan().SequenceEqual(TokenizerJsonWriter.ToBytes(tokenizer)).ShouldBeTrue();
        }
    }

    [SkippableFact]
    public void The_rank_file_and_the_tokenizer_json_of_torchtune_are_one_vocabulary()
    {
        var (ranks, json) = (ReleasedTokenizers.Load("torchtune/tiktoken_small.model"), ReleasedTokenizers.Load("torchtune/tokenizer.json"));
        foreach (var text in Texts()) json.Encode(text).AsSpan().SequenceEqual(ranks.Encode(text)).ShouldBeTrue();
    }

    private static Tokenizer SavedAndLoaded(Tokenizer tokenizer)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        tokenizer.Save(folder);
        TokenizerConfig.Save(folder, tokenizer);
        return Puna.Text.Tokenizers.Load(folder);
    }

    private static void Compare(Tokenizer one, Tokenizer other, string kind)
    {
        (other.VocabularySize, other.BosId, other.EosId, other.AddsBos).ShouldBe((one.VocabularySize, one.BosId, one.EosId, one.AddsBos));
        if (kind != "")
        {
            foreach (var (text, ids) in ReleasedTokenizers.Cases(kind)) other.Encode(text).ShouldBe(ids, text);
        }
        foreach (var text in Texts())
        {
            var (ids, same) = (one.Encode(text), other.Encode(text));
            ids.AsSpan().SequenceEqual(same).ShouldBeTrue($"id {ids.AsSpan().CommonPrefixLength(same)}");
            string.Equals(other.Decode(same), one.Decode(ids), StringComparison.Ordinal).ShouldBeTrue();
        }
        Check.One(RandomText.Runs(1500), Prop.ForAll(RandomText.Arbitrary, text =>
        {
            var ids = one.Encode(text);
            other.Encode(text).ShouldBe(ids, RandomText.Codes(text));
            other.Decode(ids).ShouldBe(one.Decode(ids), RandomText.Codes(text));
        }));
        var special = new EncodeOptions(ParseSpecial: true, AddBos: true);
        foreach (var id in Enumerable.Range(0, one.VocabularySize).Where(one.IsControl).Take(300))
        {
            other.IdToPiece(id).ShouldBe(one.IdToPiece(id));
            other.Encode($"a{one.IdToPiece(id)}b", special).ShouldBe(one.Encode($"a{one.IdToPiece(id)}b", special));
        }
    }

    private static IEnumerable<string> Texts()
    {
        foreach (var file in (string[])["corpora/tinystories-sample.txt", "corpora/c4_demo.jsonl", "finetune/code_alpaca_2k.json", "corpora/botchan.txt", "chat-templates/golden-renderings.json"])
            yield return File.ReadAllText(SharedData.Shared("data/" + file), Encoding.UTF8);
    }
}
