using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>stories260K, a published model with its tokenizer, tells the story that llama2.c and PyTorch tell.</summary>
public class GoldenStoriesTests
{
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void Greedily_it_tells_the_published_story(bool asGguf)
    {
        using var folder = new TemporaryFolder();
        var (model, golden) = Load(folder, asGguf);
        var greedy = golden.GetProperty("greedy");
        using var device = new CpuDevice(2);
        using var generator = new TextGenerator(model, device);
        generator.Encode("").ShouldBe([1]);
        var ids = greedy.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        generator.Generator.Generate([1], new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { MaxOutputTokens = ids.Length, StopIds = [-1] }).ShouldBe(ids);
        var pieces = generator.Stream([1], SamplingOptions.Greedy, new GenerationOptions { MaxOutputTokens = ids.Length }).ToArray();
        string.Concat(pieces).ShouldBe(greedy.GetProperty("text").GetString());
        pieces.Length.ShouldBeGreaterThan(200);
    }

    [SkippableTheory, InlineData(false), InlineData(true)]
    public void Its_logits_are_pytorchs(bool asGguf)
    {
        using var folder = new TemporaryFolder();
        var (model, golden) = Load(folder, asGguf);
        var prompt = golden.GetProperty("prompt");
        using var device = new CpuDevice(2);
        using var generator = new TextGenerator(model, device);
        var ids = generator.Encode(prompt.GetProperty("text").GetString()!);
        ids.ShouldBe(prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        var expected = prompt.GetProperty("logits_last_row").EnumerateArray().Select(logit => logit.GetSingle());
        Forwarder.Largest(generator.Generator.Logits(ids).ToArray(), expected).ShouldBeLessThan(1e-4);
        var losses = prompt.GetProperty("nll_per_token").EnumerateArray().Select(loss => loss.GetDouble()).ToArray();
        for (var t = 0; t < losses.Length; t++)
        {
            var logits = generator.Generator.Logits(ids.AsSpan(0, t + 1)).ToArray().Select(logit => (double)logit).ToArray();
            (Math.Log(logits.Sum(Math.Exp)) - logits[ids[t + 1]]).ShouldBe(losses[t], 1e-5, $"token {t + 1}");
        }
    }

    private static (LanguageModel, JsonElement) Load(TemporaryFolder folder, bool asGguf)
    {
        var stories = SharedData.Shared("data/models/stories260K");
        foreach (var file in Directory.GetFiles(Path.Combine(stories, "hf"))) File.WriteAllBytes(folder[Path.GetFileName(file)], File.ReadAllBytes(file));
        File.WriteAllBytes(folder[Tokenizers.FileName], File.ReadAllBytes(Path.Combine(stories, "tok512.model")));
        var model = ModelFolder.Load(folder.Root);
        if (asGguf)
        {
            using var pool = new WorkerPool(2);
            GgufModel.Save(folder["stories.gguf"], model, GgufMix.ByName("F32"), pool);
            model = ModelPath.Load(folder["stories.gguf"]);
        }
        return (model, JsonDocument.Parse(File.ReadAllText(Path.Combine(stories, "golden.json"))).RootElement);
    }
}
