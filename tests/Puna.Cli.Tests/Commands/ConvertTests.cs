using Puna.Tests;

namespace Puna.Cli.Tests;

public sealed class ConvertTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_model_goes_to_GGUF_and_back_and_diff_says_that_it_is_the_same()
    {
        var done = CommandLine.Done("convert", "--from", Tiny.Run, "--to", _scratch["m.gguf"], "--json");
        done.Json.GetProperty("format").GetString().ShouldBe("gguf");
        done.Json.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(_scratch["m.gguf"]).Length);
        done.Json.GetProperty("peak_memory_bytes").GetInt64().ShouldBeGreaterThan(1 << 20);
        CommandLine.Done("convert", "--from", _scratch["m.gguf"], "--to", _scratch["back"]).Output.ShouldBe(_scratch["back"] + "\n");
        CommandLine.Done("diff", Tiny.Model, _scratch["back"]).Output.ShouldContain("tensors are the same");
        var story = CommandLine.Done("generate", "--model", _scratch["m.gguf"], "--prompt", "the cat", "--temperature", "0", "--max-tokens", "12").Output;
        story.ShouldBe(CommandLine.Done("generate", "--model", Tiny.Model, "--prompt", "the cat", "--temperature", "0", "--max-tokens", "12").Output);
    }

    [Fact]
    public void Quantising_names_every_tensor_whose_rows_do_not_divide()
    {
        var done = CommandLine.Done("quantize", "--model", Tiny.Model, "--type", "q4_k_m", "--output", _scratch["q.gguf"], "--json");
        var notes = done.Json.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!).ToArray();
        notes.ShouldContain(note => note.StartsWith("blk.0.attn_q.weight is Q5_0 instead of Q4_K"));
        var difference = CommandLine.Run("diff", Tiny.Model, _scratch["q.gguf"], "--json");
        difference.Code.ShouldBe(1);
        foreach (var tensor in difference.Json.GetProperty("tensors").EnumerateArray()) tensor.GetProperty("relative").GetDouble().ShouldBeLessThan(0.1, tensor.GetRawText());
    }

    [Fact]
    public void Importances_are_gathered_over_a_text_and_heeded()
    {
        var gathered = CommandLine.Done("imatrix", "--model", Tiny.Model, "--data", Tiny.Text, "--chunks", "5", "--output", _scratch["i.gguf"], "--json").Json;
        (gathered.GetProperty("matrices").GetInt32(), gathered.GetProperty("chunks").GetInt32(), gathered.GetProperty("chunk_size").GetInt32()).ShouldBe((14, 5, 32));
        CommandLine.Done("quantize", "--model", Tiny.Model, "--type", "q4_0", "--pure", "--output", _scratch["plain.gguf"]);
        var known = CommandLine.Done("quantize", "--model", Tiny.Model, "--type", "q4_0", "--pure", "--imatrix", _scratch["i.gguf"], "--output", _scratch["known.gguf"], "--json");
        known.Json.GetProperty("notes").EnumerateArray().ShouldNotContain(note => note.GetString()!.Contains("knows nothing"));
        known.Json.GetProperty("types").EnumerateObject().Select(type => type.Name).ShouldBe(["Q4_0", "F32"], ignoreOrder: true);
        CommandLine.Run("diff", _scratch["plain.gguf"], _scratch["known.gguf"]).Code.ShouldBe(1);
        CommandLine.Refused(["imatrix", "--model", Tiny.Model, "--output", _scratch["x.gguf"]], "--data");
        CommandLine.Refused(["imatrix", "--model", Tiny.Model, "--data", Tiny.Text, "--output", _scratch["i.gguf"]], "exists", "--overwrite");
        CommandLine.Refused(["imatrix", "--model", Tiny.Model, "--data", _scratch.Write("short.txt", "the cat"), "--output", _scratch["x.gguf"]], "less than one piece of 32 tokens");
        CommandLine.Refused(["quantize", "--model", Tiny.Model, "--imatrix", _scratch["plain.gguf"], "--output", _scratch["x.gguf"]], "plain.gguf", "puna imatrix");
        File.Exists(_scratch["x.gguf"]).ShouldBeFalse();
    }

    [Fact]
    public void The_vocabulary_within_a_GGUF_file_is_a_tokenizer_like_any_other()
    {
        CommandLine.Done("convert", "--from", Tiny.Model, "--to", _scratch["m.gguf"]);
        var ids = CommandLine.RunWith("the cat sat", "tokenizer", "encode", "--tokenizer", _scratch["m.gguf"]);
        ids.Code.ShouldBe(0, ids.Error);
        ids.Output.ShouldBe(CommandLine.RunWith("the cat sat", "tokenizer", "encode", "--tokenizer", Tiny.Model).Output);
        CommandLine.RunWith(ids.Output, "tokenizer", "decode", "--tokenizer", _scratch["m.gguf"]).Output.Trim().ShouldBe("the cat sat");
        CommandLine.Done("convert", "--from", Tiny.Model, "--to", _scratch["again"], "--tokenizer", _scratch["m.gguf"]);
        CommandLine.RunWith("the cat sat", "tokenizer", "encode", "--tokenizer", _scratch["again"]).Output.ShouldBe(ids.Output);
        File.WriteAllBytes(_scratch["bad.gguf"], File.ReadAllBytes(_scratch["m.gguf"])[..100]);
        CommandLine.Refused(["tokenizer", "encode", "--tokenizer", _scratch["bad.gguf"]], "bad.gguf");
    }

    [SkippableFact]
    public void An_adapter_is_merged_on_the_way()
    {
        var (model, adapter) = (SharedData.Shared("golden/models/b_llama3_gqa"), SharedData.Shared("golden/lora/b_r8_alpha16"));
        CommandLine.Done("convert", "--from", model, "--adapter", adapter, "--to", _scratch["merged"]);
        CommandLine.Run("diff", model, _scratch["merged"]).Code.ShouldBe(1);
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--adapter", adapter, "--to", _scratch["x"]], "was made for");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--adapter", Tiny.Model, "--to", _scratch["x"]], "adapter_config.json");
    }

    [Fact]
    public void A_shape_becomes_an_untrained_model()
    {
        CommandLine.Done("init", "stories260k", "--output", _scratch["a.gguf"], "--type", "q8_0", "--seed", "3");
        CommandLine.Done("init", "stories260k", "--output", _scratch["b"], "--seed", "3");
        CommandLine.Done("convert", "--from", _scratch["b"], "--to", _scratch["b.gguf"], "--type", "q8_0");
        CommandLine.Done("diff", _scratch["a.gguf"], _scratch["b.gguf"]);
        CommandLine.Done("init", Tiny.Model, "--output", _scratch["c"], "--tokenizer", Tiny.Model);
        CommandLine.Done("generate", "--model", _scratch["c"], "--prompt", "the", "--max-tokens", "3");
        CommandLine.Refused(["init", "llama-9", "--output", _scratch["x"]], "llama-9", "tinyllama-1.1b");
        CommandLine.Refused(["init", "stories260k"], "--output");
        CommandLine.Refused(["init", "stories260k", "--output", _scratch["a.gguf"]], "exists", "--overwrite");
    }

    [Fact]
    public void Mistakes_are_answered_by_a_sentence_and_change_nothing()
    {
        var there = _scratch.Write("there.gguf", "mine");
        CommandLine.Refused(["convert", "--to", _scratch["x"]], "--from");
        CommandLine.Refused(["convert", "--from", Tiny.Model], "--to");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", there], "exists", "--overwrite");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", Tiny.Model, "--overwrite"], "the model itself");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", Tiny.Model + Path.DirectorySeparatorChar, "--overwrite"], "the model itself");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", Tiny.Run, "--overwrite"], "within the other");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", _scratch.Folder, "--overwrite"], "holds no model");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", _scratch["x"], "--format", "onnx"], "onnx", "hf, gguf, llama2c, meta");
        CommandLine.Refused(["convert", "--from", Tiny.Model, "--to", _scratch["x.gguf"], "--type", "q7"], "'q7'", "Q4_K_M");
        CommandLine.Refused(["convert", "--from", there, "--to", _scratch["x"]], "there.gguf");
        CommandLine.Refused(["quantize", "--model", Tiny.Model], "--output");
        CommandLine.Refused(["diff", Tiny.Model, _scratch["nothing"]], "nothing");
        File.ReadAllText(there).ShouldBe("mine");
        Directory.GetFileSystemEntries(_scratch.Folder).ShouldBe([there]);
    }

    [SkippableFact]
    public void A_llama2c_file_with_its_tokenizer_becomes_a_folder_that_tells_its_story()
    {
        var stories = SharedData.Shared("data/models/stories260K");
        CommandLine.Done("convert", "--from", Path.Combine(stories, "stories260K.bin"), "--tokenizer", Path.Combine(stories, "tok512.bin"), "--to", _scratch["hf"]);
        var told = CommandLine.Done("generate", "--model", _scratch["hf"], "--prompt", "", "--temperature", "0", "--max-tokens", "60").Output;
        told.TrimStart().ShouldStartWith("Once upon a time, there was a little girl named Lily. She loved to play outside in the park.");
    }
}
