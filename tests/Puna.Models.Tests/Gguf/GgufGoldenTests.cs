using System.Text.Json;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>Files that llama.cpp wrote: read exactly, and written again with the same numbers.</summary>
public class GgufGoldenTests
{
    private const string Stories = "data/models/stories260K";

    [SkippableFact]
    public void The_header_is_what_another_reader_found()
    {
        var facts = JsonDocument.Parse(File.ReadAllBytes(SharedData.Shared($"{Stories}/gguf/facts.json"))).RootElement.GetProperty("f32_file");
        using var file = new GgufFile(SharedData.Shared($"{Stories}/gguf/stories260K-F32.gguf"));
        file.Version.ShouldBe(facts.GetProperty("version").GetInt32());
        file.Tensors.Count.ShouldBe(facts.GetProperty("tensor_count").GetInt32());
        foreach (var (tensor, fact) in file.Tensors.Zip(facts.GetProperty("tensors").EnumerateArray()))
        {
            tensor.Name.ShouldBe(fact[0].GetString());
            tensor.Shape.Reverse().ShouldBe(fact[1].EnumerateArray().Select(size => size.GetInt64()));
            tensor.Type.Code.ShouldBe(fact[2].GetInt32());
        }
        foreach (var pair in facts.GetProperty("metadata").EnumerateObject())
        {
            if (pair.Value.ValueKind == JsonValueKind.String) file.Metadata.Text(pair.Name).ShouldBe(pair.Value.GetString());
            else if (pair.Value.ValueKind == JsonValueKind.Number) ((double)(file.Metadata.Number(pair.Name) ?? double.NaN)).ShouldBe(pair.Value.GetDouble(), 1e-12);
            else ((Array)file.Metadata.Find(pair.Name)!).Length.ShouldBe(pair.Value.GetProperty("count").GetInt32());
        }
    }

    /// <summary>The same model as a Hugging Face folder, made by others from the same file: every weight bit for bit, and so every logit.</summary>
    [SkippableFact]
    public void The_F32_file_is_the_folder_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var expected = FromFolder(folder);
        var read = ModelPath.Load(SharedData.Shared($"{Stories}/gguf/stories260K-F32.gguf"));
        foreach (var parameter in expected.Network.Parameters.Where(parameter => parameter.Name != "lm_head.weight"))
            read.Network.Parameters.Single(other => other.Name == parameter.Name).Tensor.ToArray<float>().ShouldBe(parameter.Tensor.ToArray<float>(), parameter.Name);
        using var forwarder = new Forwarder();
        int[] ids = [1, 403, 407, 261, 378];
        forwarder.Logits(read.Network, ids).ShouldBe(forwarder.Logits(expected.Network, ids));
    }

    [SkippableTheory]
    [InlineData("F16", 2e-2)]
    [InlineData("BF16", 0.2)]
    [InlineData("Q4_K_M", 2.5)]
    public void Narrower_files_give_logits_nearby(string type, double most)
    {
        using var folder = new TemporaryFolder();
        var expected = FromFolder(folder);
        var read = ModelPath.Load(SharedData.Shared($"{Stories}/gguf/stories260K-{type}.gguf"));
        using var forwarder = new Forwarder();
        int[] ids = [1, 403, 407, 261, 378];
        var (a, b) = (forwarder.Logits(read.Network, ids), forwarder.Logits(expected.Network, ids));
        Forwarder.Largest(a.SelectMany(row => row), b.SelectMany(row => row)).ShouldBeInRange(most / 1000, most);
    }

    /// <summary>The same rows, the same fallbacks as llama.cpp's own Q4_K_M of this model, and for types without a search the same bytes.</summary>
    [SkippableFact]
    public void A_Q4_K_M_file_has_llamacpps_types_and_bytes()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var theirs = SharedData.Shared($"{Stories}/gguf/stories260K-Q4_K_M.gguf");
        var source = ModelPath.Load(SharedData.Shared($"{Stories}/gguf/stories260K-F32.gguf"));
        var report = GgufModel.Save(folder["q.gguf"], source, GgufMix.ByName("Q4_K_M"), pool);
        using var expected = new GgufFile(theirs);
        using var ours = new GgufFile(folder["q.gguf"]);
        foreach (var tensor in ours.Tensors)
        {
            var other = expected.Find(tensor.Name).ShouldNotBeNull();
            tensor.Type.ShouldBe(other.Type, tensor.Name);
            tensor.Shape.ShouldBe(other.Shape);
            for (var row = 0L; row < tensor.Rows; row++) ours.RowBytes(tensor, row).SequenceEqual(expected.RowBytes(other, row)).ShouldBeTrue($"{tensor.Name} row {row}");
        }
        report.Fallbacks.Count.ShouldBe(ours.Tensors.Count(tensor => tensor.Shape.Count == 2));
        report.Fallbacks[0].ToString().ShouldBe("token_embd.weight is Q5_0 instead of Q4_K: its rows of 64 are no multiple of 256");
    }

    [SkippableFact]
    public void The_tokenizer_of_the_file_is_the_models()
    {
        using var folder = new TemporaryFolder();
        var read = ModelPath.Load(SharedData.Shared($"{Stories}/gguf/stories260K-F32.gguf")).Tokenizer!;
        var expected = FromFolder(folder).Tokenizer!;
        (read.VocabularySize, read.BosId, read.EosId, read.UnknownId, read.PadId).ShouldBe((512, 1, 2, 0, null));
        var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Shared($"{Stories}/golden.json"))).RootElement;
        var story = golden.GetProperty("greedy").GetProperty("text").GetString()!;
        // that its model drops doubled spaces the file does not say
        foreach (var text in new[] { story, "Once upon a time", "", "Ünïcödé 🙂" })
        {
            read.Encode(text).ShouldBe(expected.Encode(text), text);
            read.Decode(read.Encode(text)).ShouldBe(expected.Decode(expected.Encode(text)));
        }
    }

    [SkippableTheory]
    [InlineData("llama-spm", 32000)]
    [InlineData("phi-3", 32064)]
    public void SentencePiece_vocabularies_of_the_world_encode_as_llamacpp_does(string name, int size)
    {
        var path = SharedData.Shared($"data/tokenizers/llama-cpp/ggml-vocab-{name}.gguf");
        using var file = new GgufFile(path);
        var vocabulary = GgufVocabulary.Read(file).ShouldNotBeNull();
        vocabulary.Lists.Tokens.Count.ShouldBe(size);
        var tokenizer = vocabulary.CreateTokenizer(path);
        ShouldEncodeAsRecorded(tokenizer, path);
    }

    [SkippableTheory]
    [InlineData("gpt-2", "gpt2", 50257)]
    [InlineData("starcoder", "gpt2", 49152)]
    [InlineData("bert-bge", "bert", 30522)]
    public void Other_kinds_of_vocabulary_encode_as_llamacpp_does(string name, string kind, int size)
    {
        var path = SharedData.Shared($"data/tokenizers/llama-cpp/ggml-vocab-{name}.gguf");
        using var file = new GgufFile(path);
        var vocabulary = GgufVocabulary.Read(file).ShouldNotBeNull();
        (vocabulary.Lists.Model, vocabulary.Lists.Tokens.Count).ShouldBe((kind, size));
        if (kind == "gpt2") vocabulary.Lists.Merges!.Count.ShouldBeGreaterThan(size / 2);
        ShouldEncodeAsRecorded(vocabulary.CreateTokenizer(path), path);
    }

    private static void ShouldEncodeAsRecorded(Tokenizer tokenizer, string path)
    {
        var inputs = File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n");
        var outputs = File.ReadAllLines(path + ".out");
        for (var i = 0; i < outputs.Length; i++)
        {
            int[] expected = [.. outputs[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            tokenizer.Encode(inputs[i]).ShouldBe(expected, $"input {i}: {inputs[i]}");
        }
    }

    private static LanguageModel FromFolder(TemporaryFolder folder)
    {
        var stories = SharedData.Shared(Stories);
        foreach (var file in Directory.GetFiles(Path.Combine(stories, "hf"))) File.WriteAllBytes(folder[Path.GetFileName(file)], File.ReadAllBytes(file));
        File.WriteAllBytes(folder[Tokenizers.FileName], File.ReadAllBytes(Path.Combine(stories, "tok512.model")));
        return ModelFolder.Load(folder.Root);
    }
}
