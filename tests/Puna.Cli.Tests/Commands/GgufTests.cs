using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Cli.Tests;

/// <summary>A GGUF file stands wherever a model folder may stand.</summary>
public sealed class GgufTests
{
    [Fact]
    public void A_model_as_F32_gives_what_its_folder_gives()
    {
        using var scratch = new Scratch();
        Save(Tiny.Model, scratch["m.gguf"], "F32");
        string[] generate = ["--prompt", "the cat", "--temperature", "0", "-n", "12"];
        CommandLine.Done(["generate", "--model", scratch["m.gguf"], .. generate]).Output.ShouldBe(CommandLine.Done(["generate", "--model", Tiny.Model, .. generate]).Output);
        CommandLine.Done("evaluate", scratch["m.gguf"], "--data", Tiny.Text, "--json").Json.GetProperty("perplexity").GetRawText()
            .ShouldBe(CommandLine.Done("evaluate", Tiny.Model, "--data", Tiny.Text, "--json").Json.GetProperty("perplexity").GetRawText());
        var ids = scratch.Write("ids.json", "[1, 5, 9, 12]");
        CommandLine.Done("logits", "--model", scratch["m.gguf"], "--tokens", ids, "--output", scratch["a.safetensors"]);
        CommandLine.Done("logits", "--model", Tiny.Model, "--tokens", ids, "--output", scratch["b.safetensors"]);
        File.ReadAllBytes(scratch["a.safetensors"]).ShouldBe(File.ReadAllBytes(scratch["b.safetensors"]));
    }

    [Fact]
    public void Inspect_shows_metadata_types_and_vocabulary()
    {
        using var scratch = new Scratch();
        Save(Tiny.ChatModel, scratch["m.gguf"], "Q4_0");
        var shown = CommandLine.Done("inspect", scratch["m.gguf"], "--json").Json;
        shown.GetProperty("kind").GetString().ShouldBe("gguf");
        shown.GetProperty("architecture").GetString().ShouldBe("llama");
        shown.GetProperty("file_type").GetString().ShouldBe("Q4_0");
        shown.GetProperty("hidden_size").GetInt32().ShouldBe(32);
        shown.GetProperty("chat_template").GetString().ShouldBe("llama3");
        shown.GetProperty("tokenizer").GetString().ShouldBe("llama");
        shown.GetProperty("metadata_llama.rope.freq_base").GetDouble().ShouldBe(10_000);
        shown.GetProperty("metadata_tokenizer.ggml.tokens").GetString().ShouldStartWith("string array of ");
        shown.GetProperty("dtypes").GetString()!.ShouldContain("Q4_0 (15)");
        shown.GetProperty("tensor_list").GetArrayLength().ShouldBe(shown.GetProperty("tensors").GetInt32());
        CommandLine.Done("inspect", scratch["m.gguf"]).Output.ShouldContain("blk.1.ffn_down.weight");
    }

    [SkippableFact]
    public void Inspect_shows_what_this_build_cannot_run_too()
    {
        var shown = CommandLine.Done("inspect", SharedData.Shared("data/tokenizers/llama-cpp/ggml-vocab-bert-bge.gguf"), "--json").Json;
        shown.GetProperty("architecture").GetString().ShouldBe("bert");
        shown.GetProperty("cannot_run").GetString()!.ShouldContain("this build runs llama only");
        shown.GetProperty("tokenizer_pieces").GetInt32().ShouldBe(30522);
    }

    [Fact]
    public void A_damaged_file_is_refused_with_one_sentence()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("bad.gguf", "GGUF, or is it? It is long enough for a header.");
        foreach (var verb in (string[])["inspect", "generate", "evaluate", "logits"])
        {
            string[] rest = verb switch { "generate" => ["--prompt", "x"], "evaluate" => ["--data", Tiny.Text], "logits" => ["--tokens", scratch.Write("ids.json", "[1]"), "--output", scratch["x.safetensors"]], _ => [] };
            CommandLine.Refused([verb, "--model", path, .. rest], "bad.gguf", "version");
        }
        CommandLine.Refused(["generate", "--model", scratch["none.gguf"], "--prompt", "x"], "none.gguf");
    }

    private static void Save(string folder, string path, string type)
    {
        using var pool = new WorkerPool(2);
        GgufModel.Save(path, ModelFolder.Load(folder), GgufMix.ByName(type), pool);
    }
}
