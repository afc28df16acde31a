using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Inference.Tests;

/// <summary>transformers' tiny random Llama, whose heads have two numbers, has PyTorch's logits: from its own folder and from a GGUF file, on the fast engine and by the network.</summary>
public class TinyRandomLlamaTests
{
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void Its_logits_are_pytorchs(bool asGguf)
    {
        using var folder = new TemporaryFolder();
        var path = SharedData.Shared("data/models/tiny-random-llama");
        var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "golden.json"))).RootElement;
        using var first = ModelSource.Open(path, requireTokenizer: false);
        if (asGguf)
        {
            using var pool = new WorkerPool(1);
            GgufModel.Save(folder["t.gguf"], TinyLlama.Model(first.Load().Network), GgufMix.ByName("F32"), pool);
            path = folder["t.gguf"];
        }
        using var source = ModelSource.Open(path, requireTokenizer: false);
        var ids = golden.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        using var runner = new EngineRunner((LlamaConfig)source.Config, source.Weights);
        foreach (var rows in new[] { runner.Logits(ids), EngineRunner.Reference(source.Load().Network, ids) })
        {
            var last = rows[^1];
            Forwarder.Largest(last.Take(32), golden.GetProperty("logits_last_row_first32").EnumerateArray().Select(x => x.GetSingle())).ShouldBeLessThan(1e-5);
            foreach (var pair in golden.GetProperty("last_row_top8").EnumerateArray()) last[pair[0].GetInt32()].ShouldBe(pair[1].GetSingle(), 1e-5f);
            var losses = golden.GetProperty("nll_per_token").EnumerateArray().Select(x => x.GetDouble()).ToArray();
            for (var t = 0; t < losses.Length; t++)
                (Math.Log(rows[t].Sum(logit => Math.Exp(logit))) - rows[t][ids[t + 1]]).ShouldBe(losses[t], 1e-5);
        }
    }
}
