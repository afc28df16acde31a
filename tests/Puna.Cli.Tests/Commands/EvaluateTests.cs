namespace Puna.Cli.Tests;

/// <summary>llama-perplexity's ways: chunks, and how far a model is from another's log-probabilities.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_quantised_model_is_compared_with_the_log_probabilities_of_the_whole_one()
    {
        string[] evaluate = ["evaluate", "--model", Tiny.Model, "--kl-divergence-base", _scratch["base.kld"]];
        var written = CommandLine.Done([.. evaluate, "--data", Tiny.Text, "--context-length", "16", "--chunks", "40", "--json"]).Json.GetProperty("chunked-perplexity");
        (written.GetProperty("window").GetInt32(), written.GetProperty("chunks").GetInt32(), written.GetProperty("tokens").GetInt32()).ShouldBe((16, 40, 280));
        new FileInfo(_scratch["base.kld"]).Length.ShouldBe(20 + (40 * ((16 * 4) + (7 * 2 * (60 + 4)))));
        Directory.GetFiles(_scratch.Folder).Length.ShouldBe(1);

        var self = CommandLine.Done([.. evaluate, "--kl-divergence", "--json"]).Json.GetProperty("kl-divergence");
        Math.Abs(self.GetProperty("kld_mean").GetDouble()).ShouldBeLessThan(1e-5);
        self.GetProperty("same_top").GetDouble().ShouldBeGreaterThan(0.99);
        self.GetProperty("perplexity").GetDouble().ShouldBe(written.GetProperty("perplexity").GetDouble(), 1e-9);

        CommandLine.Done("quantize", "--model", Tiny.Model, "--type", "q4_0", "--output", _scratch["q.gguf"]);
        var small = CommandLine.Done("evaluate", _scratch["q.gguf"], "--kl-divergence-base", _scratch["base.kld"], "--kl-divergence");
        small.Output.ShouldContain("kld_mean");
        small.Output.ShouldNotContain("chunked-perplexity");
        small.Error.ShouldContain("[kl-divergence]");
        var figures = CommandLine.Done("evaluate", _scratch["q.gguf"], "--kl-divergence-base", _scratch["base.kld"], "--tasks", "kl-divergence", "--json").Json.GetProperty("kl-divergence");
        figures.GetProperty("kld_mean").GetDouble().ShouldBeGreaterThan(1e-5);

        var both = CommandLine.Done("evaluate", Tiny.Model, "--tasks", "perplexity,chunked-perplexity", "--data", Tiny.Text, "--json").Json;
        both.EnumerateObject().Select(task => task.Name).ShouldBe(["perplexity", "chunked-perplexity"]);
        both.GetProperty("chunked-perplexity").GetProperty("window").GetInt32().ShouldBe(32);
    }

    [Fact]
    public void Nothing_is_lost_or_misunderstood_in_silence()
    {
        string[] named = ["evaluate", "--model", Tiny.Model, "--kl-divergence-base", _scratch["base.kld"]];
        CommandLine.Refused([.. named], "chunked-perplexity needs text", "--data");
        CommandLine.Refused([.. named, "--kl-divergence"], "there is no file", "base.kld");
        CommandLine.Refused(["evaluate", "--model", Tiny.Model, "--kl-divergence"], "--kl-divergence-base");
        CommandLine.Refused([.. named, "--kl-divergence", "--tasks", "chunked-perplexity", "--data", Tiny.Text], "one of them at a time");
        CommandLine.Refused(["evaluate", "--model", Tiny.Model, "--data", Tiny.Text, "--kl-divergence-base", _scratch.Folder], "is a folder");
        CommandLine.Refused([.. named, "--data", Tiny.Text, "--context-length", "33"], "1 to 32 positions");
        CommandLine.Refused([.. named, "--data", _scratch.Write("short.txt", "the cat")], "less than one chunk of 32");
        File.Exists(_scratch["base.kld"]).ShouldBeFalse();

        CommandLine.Done([.. named, "--data", Tiny.Text]);
        CommandLine.Refused([.. named, "--data", Tiny.Text], "exists", "--kl-divergence", "--overwrite");
        CommandLine.Done([.. named, "--data", Tiny.Text, "--overwrite"]);
        CommandLine.Done([.. named, "--data", Tiny.Text, "--kl-divergence"]).Error.ShouldContain("--data is not read");
        CommandLine.Refused(["evaluate", "--model", Tiny.ChatModel, "--kl-divergence-base", _scratch["base.kld"], "--kl-divergence"], "same vocabulary");
        File.WriteAllBytes(_scratch["base.kld"], File.ReadAllBytes(_scratch["base.kld"])[..1000]);
        CommandLine.Refused([.. named, "--kl-divergence"], "was not written to its end");
    }
}
