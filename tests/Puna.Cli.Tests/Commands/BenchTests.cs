namespace Puna.Cli.Tests;

/// <summary>What bench measures, on a network small enough for a test; no speed is judged.</summary>
public class BenchTests
{
    private static readonly string[] Small = ["--set", "model.hidden_size=32", "--set", "model.intermediate_size=48", "--set", "model.num_hidden_layers=2", "--set", "model.num_attention_heads=2", "--set", "training.batch_size=2"];

    [Theory]
    [InlineData("fp32", "none")]
    [InlineData("bf16", "block")]
    public void Training_is_measured_over_the_steps_asked_for(string precision, string checkpointing)
    {
        var json = CommandLine.Done(["bench", "--train", "bench-i", "--steps", "3", "--threads", "1", "--json", .. Small, "--set", $"training.precision={precision}", "--set", $"training.activation_checkpointing={checkpointing}"]).Json;
        (json.GetProperty("steps").GetInt32(), json.GetProperty("tokens_per_step").GetInt64(), json.GetProperty("threads").GetInt32()).ShouldBe((3, 32, 1));
        json.GetProperty("precision").GetString().ShouldBe(precision);
        json.GetProperty("tier").GetString().ShouldNotBeNullOrEmpty();
        json.GetProperty("parameters").GetInt64().ShouldBe((2 * 130 * 32) + 32 + (2 * ((4 * 32 * 32) + (3 * 32 * 48) + (2 * 32))));
        var (speed, flops, peak) = (json.GetProperty("tokens_per_second").GetDouble(), json.GetProperty("flops_per_token").GetDouble(), json.GetProperty("peak_flops").GetDouble());
        json.GetProperty("mfu").GetDouble().ShouldBe(speed * flops / peak, 1e-9);
        json.GetProperty("first_loss").GetDouble().ShouldBe(Math.Log(130), 0.1);
        json.GetProperty("peak_memory_bytes").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_it_cannot_measure_is_refused()
    {
        CommandLine.Refused(["bench"], "--train", "--product");
        CommandLine.Refused(["bench", "--train", "bench-i", "--product"], "--train", "--product");
        CommandLine.Refused(["bench", "--product", "--steps", "3"], "--steps");
        CommandLine.Refused(["bench", "--encode", "x.model"], "--data FILE is the text of --encode PATH");
        CommandLine.Refused(["bench", "--product", "--data", "x.txt"], "--data FILE is the text of --encode PATH");
        CommandLine.Refused(["bench", "--encode", "x.model", "--product"], "one thing");
        CommandLine.Refused(["bench", "--encode", "x.model", "--data", Tiny.Text, "--steps", "3"], "--steps");
        CommandLine.Refused(["bench", "--train", "nanogpt-char-cpu"], "vocab");
    }

    [Fact]
    public void Encoding_is_measured_in_every_form()
    {
        using var scratch = new Scratch();
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--vocab-size", "60", "-o", scratch["t.model"]);
        var json = CommandLine.Done("bench", "--encode", scratch["t.model"], "--data", Tiny.Text, "--threads", "2", "--json").Json;
        foreach (var figure in (string[])["bytes", "tokens", "by_line_bytes_per_second", "one_megabyte_bytes_per_second", "one_string_bytes_per_second", "threaded_bytes_per_second"])
            json.GetProperty(figure).GetDouble().ShouldBeGreaterThan(0);
        json.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(Tiny.Text).Length);
        CommandLine.Done("bench", "--encode", scratch["t.model"], "--data", Tiny.Text).Output.ShouldContain("MB/s");
    }
}
