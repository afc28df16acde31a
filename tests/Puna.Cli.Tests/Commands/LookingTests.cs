using Puna.Tensors;
using Puna.Tests;

namespace Puna.Cli.Tests;

/// <summary>Verbs that only look: evaluate, inspect, recipes, doctor.</summary>
public sealed class LookingTests
{
    [Fact]
    public void Evaluate_gives_loss_perplexity_accuracy_and_bits()
    {
        foreach (var verb in (string[])["evaluate", "eval"])
        {
            var figures = CommandLine.Done(verb, "--tasks", "perplexity", "--model", Tiny.Model, "--data", Tiny.Text, "--json").Json.GetProperty("perplexity");
            var loss = figures.GetProperty("loss").GetDouble();
            loss.ShouldBeInRange(0.1, Math.Log(60));
            figures.GetProperty("perplexity").GetDouble().ShouldBe(Math.Exp(loss), 1e-9);
            figures.GetProperty("accuracy").GetDouble().ShouldBeInRange(0.1, 1);
            figures.GetProperty("bits_per_byte").GetDouble().ShouldBe(loss * figures.GetProperty("tokens").GetDouble() / Math.Log(2) / new FileInfo(Tiny.Text).Length, 1e-9);
        }
        CommandLine.Done("eval", Tiny.Model, "--data", Tiny.Text).Output.ShouldContain("bits_per_byte");
        CommandLine.Refused(["evaluate", "--tasks", "mmlu", "--model", Tiny.Model, "--data", Tiny.Text], "mmlu", "perplexity");
        CommandLine.Refused(["evaluate", "--model", Tiny.Model, "--data", "nothing.txt"], "nothing.txt");
        CommandLine.Refused(["evaluate", Tiny.Model, "--data", Tiny.Text, "--context-length", "64"], "1 to 32");
    }

    [Fact]
    public void Inspect_looks_at_models_runs_files_and_names()
    {
        var model = CommandLine.Done("inspect", Tiny.Model, "--json").Json;
        model.GetProperty("kind").GetString().ShouldBe("model");
        var parameters = model.GetProperty("parameters").GetInt64();
        model.GetProperty("files_bytes").GetInt64().ShouldBe(4 * parameters);
        model.GetProperty("tokenizer_pieces").GetInt32().ShouldBe(60);
        model.GetProperty("full_cache_bytes").GetInt64().ShouldBe(4 * 2 * 2 * 32 * 32);
        model.GetProperty("tensor_list").GetArrayLength().ShouldBe(model.GetProperty("tensors").GetInt32());

        CommandLine.Done("inspect", Tiny.Run, "--json").Json.GetProperty("finished").GetBoolean().ShouldBeTrue();
        CommandLine.Done("inspect", Path.Combine(Tiny.Model, "model.safetensors"), "--json").Json.GetProperty("parameters").GetInt64().ShouldBe(parameters);
        CommandLine.Done("inspect", Path.Combine(Tiny.Model, "tokenizer.model")).Output.ShouldContain("SentencePieceBpe");
        CommandLine.Done("inspect", Tiny.ChatModel).Output.ShouldContain("llama3");
        CommandLine.Done("inspect", SharedData.Golden("models/b_llama3_gqa"), "--json").Json.GetProperty("tokenizer").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        CommandLine.Done("inspect", "Llama-3-8B").Output.ShouldContain("8,030,261,248");
        CommandLine.Done("inspect", "llama-3.1-405b", "--json").Json.GetProperty("parameters").GetInt64().ShouldBeGreaterThan(400_000_000_000);
        CommandLine.Refused(["inspect", "lama-3-8b"], "llama-3-8b");
        CommandLine.Refused(["inspect", Tiny.Text], "does not read");
    }

    [Fact]
    public void Recipes_are_listed_printed_and_explained()
    {
        CommandLine.Done("recipes").Output.ShouldContain("student-shakespeare");
        CommandLine.Done("recipes", "student-shakespeare").Output.ShouldContain("vocab_size: 130");
        CommandLine.Done("recipes", "--keys").Output.ShouldContain("`training.checkpoint_every`");
        CommandLine.Done("recipes", "--json").Json.GetArrayLength().ShouldBeGreaterThan(2);
        CommandLine.Refused(["recipes", "student-shakespear"], "nearest is student-shakespeare");
    }

    [Fact]
    public void Doctor_shows_every_tier_and_what_was_measured()
    {
        var report = CommandLine.Done("doctor", "--json", "--threads", "2").Json;
        report.GetProperty("threads").GetInt32().ShouldBe(2);
        report.GetProperty("read_bytes_per_second").GetDouble().ShouldBeGreaterThan(1e8);
        foreach (var tier in report.GetProperty("tiers").EnumerateArray())
            if (tier.GetProperty("present").GetBoolean()) tier.GetProperty("flops").GetDouble().ShouldBeGreaterThan(1e8);
        var text = CommandLine.Done("doctor").Output;
        foreach (var word in (string[])["processor", "threads", "memory", "bandwidth", "<- used"]) text.ShouldContain(word);
        foreach (var tier in KernelTier.All)
        {
            var line = text.Split('\n').Single(line => line.StartsWith($"  {tier.Name} ", StringComparison.Ordinal));
            line.ShouldContain($" {tier.Format} ");
            line.ShouldContain(tier.Missing ?? (tier.Format == "int8" ? " GOP/s" : " GFLOP/s"));
        }
    }
}
