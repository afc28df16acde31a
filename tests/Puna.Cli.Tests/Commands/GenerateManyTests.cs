using System.Text.Json;

namespace Puna.Cli.Tests;

/// <summary>Several samples, log-probabilities, prompts from files and files of prompts.</summary>
public sealed class GenerateManyTests : IDisposable
{
    private static readonly string[] Warm = ["--temp", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0", "-n", "12"];
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_prompt_comes_from_a_file_or_standard_input()
    {
        string[] args = ["generate", "-m", Tiny.Model, "--temperature", "0", "-n", "5"];
        var plain = CommandLine.Done([.. args, "-p", "the cat\nsees"]).Output;
        var file = _scratch.Write("p.txt", "the cat\nsees\n");
        CommandLine.Done([.. args, "--file", file]).Output.ShouldBe(plain);
        CommandLine.Done([.. args, "-f", file]).Output.ShouldBe(plain);
        CommandLine.RunWith("the cat\nsees\n", [.. args, "-f", "-"]).Output.ShouldBe(plain);
        CommandLine.Refused([.. args, "-f", file, "-p", "x"], "--prompt and --file");
        CommandLine.Refused([.. args, "-f", _scratch["none.txt"]], "none.txt");
        CommandLine.Refused([.. args, "-f", _scratch.Write("bad.txt", [0xff, 0xfe, 0x41])], "bad.txt");
        CommandLine.Refused([.. args, "-p", "x", "-o", _scratch["out"]], "--prompts");
    }

    [Fact]
    public void Samples_say_their_seeds_and_each_is_what_its_seed_gives()
    {
        string[] args = ["generate", "-m", Tiny.Model, "-p", "the", .. Warm];
        var outcome = CommandLine.Done([.. args, "--n", "3", "-s", "5"]);
        for (var i = 0; i < 3; i++) outcome.Output.ShouldContain($"--- sample {i + 1} of 3, seed {5 + i}\n{CommandLine.Done([.. args, "-s", $"{5 + i}"]).Output}\n");
        outcome.Error.ShouldContain("seeds 5 to 7");
        var json = CommandLine.Done([.. args, "--n", "3", "-s", "5", "--json", "--logprobs", "2"]).Json;
        var samples = json.GetProperty("samples").EnumerateArray().ToArray();
        samples.Select(sample => sample.GetProperty("seed").GetInt64()).ShouldBe([5, 6, 7]);
        samples[1].GetProperty("text").GetString().ShouldBe(CommandLine.Done([.. args, "-s", "6"]).Output);
        samples.ShouldAllBe(sample => sample.GetProperty("logprobs").GetArrayLength() == sample.GetProperty("tokens").GetArrayLength());
        json.GetProperty("prompt_tokens").GetInt32().ShouldBeGreaterThan(0);
        CommandLine.Refused([.. args, "--n", "0"], "--n 0");
    }

    [Fact]
    public void Log_probabilities_come_as_json_and_as_a_table()
    {
        string[] args = ["generate", "-m", Tiny.Model, "-p", "the", "--temperature", "0", "-n", "6"];
        var text = CommandLine.Done(args).Output;
        var json = CommandLine.Done([.. args, "--json", "--logprobs", "3"]).Json;
        json.GetProperty("text").GetString().ShouldBe(text);
        var tokens = json.GetProperty("logprobs").EnumerateArray().ToArray();
        tokens.Select(token => token.GetProperty("id").GetInt32()).ShouldBe(json.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()));
        foreach (var token in tokens)
        {
            var best = token.GetProperty("top_logprobs").EnumerateArray().ToArray();
            best.Length.ShouldBe(3);
            best[0].GetProperty("id").GetInt32().ShouldBe(token.GetProperty("id").GetInt32(), "greedy takes the best");
            token.GetProperty("logprob").GetDouble().ShouldBeInRange(-10, 0);
            token.GetProperty("token").GetString().ShouldNotBeNullOrEmpty();
        }
        var warm = CommandLine.Done([.. args[..5], .. Warm, "-s", "1", "--json", "--logprobs"]).Json.GetProperty("logprobs")[0];
        warm.GetProperty("top_logprobs").GetArrayLength().ShouldBe(5);
        warm.GetProperty("top_logprobs").GetRawText().ShouldBe(CommandLine.Done([.. args, "--json", "--logprobs"]).Json.GetProperty("logprobs")[0].GetProperty("top_logprobs").GetRawText(), "temperature changes nothing");
        var table = CommandLine.Done([.. args, "--logprobs", "2"]).Output;
        table.ShouldStartWith(text + "\ntoken");
        table[text.Length..].Trim().Split('\n').Length.ShouldBe(7);
        CommandLine.Done([.. args, "--json"]).Json.TryGetProperty("logprobs", out _).ShouldBeFalse();
        CommandLine.Refused([.. args, "--logprobs", "101"], "0 to 100");
    }

    [Fact]
    public void A_file_of_prompts_is_answered_line_by_line()
    {
        var prompts = _scratch.Write("p.jsonl", "\"the cat\"\n{\"id\": \"x1\", \"prompt\": \"a dog\"}\n\n\"old Ann\"\n");
        var outcome = CommandLine.Done(["generate", "-m", Tiny.Model, "--prompts", prompts, "-o", _scratch["out.jsonl"], "-s", "9", .. Warm]);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldContain("3/3 prompts");
        var lines = Lines("out.jsonl");
        lines.Select(line => line.GetProperty("index").GetInt32()).ShouldBe([0, 1, 2]);
        lines.Select(line => line.GetProperty("prompt").GetString()).ShouldBe(["the cat", "a dog", "old Ann"]);
        lines[1].GetProperty("id").GetString().ShouldBe("x1");
        for (var i = 0; i < 3; i++)
        {
            lines[i].GetProperty("seed").GetInt64().ShouldBe(9 + i);
            lines[i].GetProperty("text").GetString().ShouldBe(CommandLine.Done(["generate", "-m", Tiny.Model, "-p", lines[i].GetProperty("prompt").GetString()!, "-s", $"{9 + i}", .. Warm]).Output);
            (lines[i].GetProperty("finish_reason").GetString(), lines[i].GetProperty("generated_tokens").GetInt32()).ShouldBe(("length", 12));
        }
        var texts = _scratch.Write("p.txt", "the cat\na dog\n");
        CommandLine.Done(["generate", "-m", Tiny.Model, "--prompts", texts, "-o", _scratch["many.jsonl"], "-s", "9", "--n", "2", "--logprobs", "1", .. Warm]);
        var many = Lines("many.jsonl");
        many[1].GetProperty("samples").EnumerateArray().Select(sample => sample.GetProperty("seed").GetInt64()).ShouldBe([11, 12]);
        many[0].GetProperty("samples")[0].GetProperty("logprobs").GetArrayLength().ShouldBe(12);
    }

    [Theory, InlineData("fp32"), InlineData("bf16")]
    public void An_answer_does_not_depend_on_how_many_are_computed_at_once(string precision)
    {
        // one of the two precisions runs on the engine whose last bits depend on neighbours
        var prompts = _scratch.Write("p.txt", string.Join('\n', Tiny.MakeText(400).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((line, i) => line[..(4 + (i % 9))])));
        string[] args = ["generate", "-m", Tiny.Model, "--prompts", prompts, "-s", "9", "--precision", precision, .. Warm];
        foreach (var parallel in (string[])["1", "3", "100"]) CommandLine.Done([.. args, "--parallel", parallel, "-o", _scratch[parallel]]);
        foreach (var line in Lines("1").Take(5))
            line.GetProperty("text").GetString().ShouldBe(CommandLine.Done(["generate", "-m", Tiny.Model, "--precision", precision, "-p", line.GetProperty("prompt").GetString()!, "-s", $"{line.GetProperty("seed").GetInt64()}", .. Warm]).Output);
        foreach (var parallel in (string[])["3", "100"]) File.ReadAllText(_scratch[parallel]).ShouldBe(File.ReadAllText(_scratch["1"]));
        CommandLine.Refused([.. args, "-o", _scratch["none"], "--parallel", "0"], "--parallel 0");
        CommandLine.Refused(["generate", "-m", Tiny.Model, "-p", "x", "--parallel", "2"], "--parallel belongs to --prompts");
    }

    [Fact]
    public void A_stopped_run_goes_on_where_it_was_and_ends_as_if_it_had_not_been_stopped()
    {
        var prompts = _scratch.Write("p.txt", string.Join('\n', Tiny.MakeText(700).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..8])));
        string[] Args(string output) => ["generate", "-m", Tiny.Model, "--prompts", prompts, "-o", _scratch[output], .. Warm];
        CommandLine.Done([.. Args("whole.jsonl"), "-s", "3"]);
        var stopped = CommandLine.RunUntilLine("4/", [.. Args("out.jsonl"), "-s", "3"]);
        stopped.Code.ShouldBe(130, stopped.Error);
        stopped.Error.ShouldContain("stopped: ");
        var kept = File.ReadAllText(_scratch["out.jsonl"]);
        File.AppendAllText(_scratch["out.jsonl"], "{\"index\":5,\"ru"); // as a kill would leave it
        var resumed = CommandLine.Done(Args("out.jsonl")); // without a seed: the one it was begun with
        resumed.Error.ShouldContain("answers are there already");
        File.ReadAllText(_scratch["out.jsonl"]).ShouldStartWith(kept);
        File.ReadAllText(_scratch["out.jsonl"]).ShouldBe(File.ReadAllText(_scratch["whole.jsonl"]));
        CommandLine.Done(Args("out.jsonl"));
        CommandLine.Refused([.. Args("out.jsonl"), "-s", "4"], "--seed 3", "--seed 4");
        CommandLine.Refused([.. Args("out.jsonl").Select(word => word == "1.5" ? "0.5" : word)], "line 1 was written with another model or other settings");
        CommandLine.Refused([.. Args("out.jsonl").Select(word => word == Tiny.Model ? Tiny.ChatModel : word)], "another model");
        foreach (var other in (string[][])[["--regex", "a+"], ["--logit-bias", "1+1"], ["--dry-sequence-breaker", "x"]])
            CommandLine.Refused([.. Args("out.jsonl"), .. other], "line 1 was written with another model or other settings");
        CommandLine.Done([.. Args("out.jsonl"), "-s", "4", "--overwrite"]);
        Lines("out.jsonl")[0].GetProperty("seed").GetInt64().ShouldBe(4);
    }

    [Fact]
    public void What_is_wrong_with_a_prompt_is_said_before_the_work_begins()
    {
        var prompts = _scratch.Write("p.txt", "the\n" + Tiny.MakeText(500).Replace('\n', ' '));
        string[] args = ["generate", "-m", Tiny.Model, "--prompts", prompts];
        CommandLine.Refused([.. args, "-o", _scratch["out.jsonl"]], "p.txt, line 2", "context 32");
        File.Exists(_scratch["out.jsonl"]).ShouldBeFalse();
        CommandLine.Refused(args, "--output FILE.jsonl");
        CommandLine.Refused([.. args, "-o", _scratch["out.jsonl"], "--lookup"], "--lookup", "--prompts");
        File.WriteAllText(_scratch["kept.jsonl"], "kept");
        var one = _scratch.Write("one.txt", "the");
        CommandLine.Refused(["generate", "-m", Tiny.Model, "--prompts", one, "-o", _scratch["kept.jsonl"], "--overwrite", "--regex", "\u4e00"], "one.txt, line 1", "vocabulary");
        File.ReadAllText(_scratch["kept.jsonl"]).ShouldBe("kept");
        CommandLine.Refused([.. args, "-o", prompts], "would replace the prompts");
        CommandLine.Refused([.. args, "-o", _scratch["out.jsonl"], "-p", "x"], "--prompts");
        CommandLine.Refused([.. args, "-o", _scratch["out.jsonl"], "--json"], "--json");
        CommandLine.Refused(["generate", "-m", Tiny.Model, "--prompts", _scratch["none.txt"], "-o", _scratch["o"]], "none.txt");
    }

    [Fact]
    public void Lines_end_at_line_feeds_alone()
    {
        var prompts = _scratch.Write("p.jsonl", "\"the\u2028and\"\r\n\r\n{\"prompt\": \"a\u0085b\"}\n");
        CommandLine.Done(["generate", "-m", Tiny.Model, "--prompts", prompts, "-o", _scratch["out.jsonl"], .. Warm]);
        Lines("out.jsonl").Select(line => line.GetProperty("prompt").GetString()).ShouldBe(["the\u2028and", "a\u0085b"]);
    }

    private JsonElement[] Lines(string name) => [.. File.ReadLines(_scratch[name]).Select(line => JsonDocument.Parse(line).RootElement)];
}
