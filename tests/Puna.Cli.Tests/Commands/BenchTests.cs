using System.Text.Json;

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

    [Fact]
    public void A_models_reading_and_writing_are_measured_with_the_fields_of_llama_bench()
    {
        var tests = CommandLine.Done("bench", "--model", Tiny.ChatModel, "-p", "8,16", "-n", "4", "-pg", "8,4", "-d", "0,20", "-r", "2", "-t", "1", "--no-warmup", "-o", "json").Json.EnumerateArray().ToArray();
        tests.Select(test => (Whole(test, "n_prompt"), Whole(test, "n_gen"), Whole(test, "n_depth")))
            .ShouldBe([(8, 0, 0), (16, 0, 0), (0, 4, 0), (8, 4, 0), (8, 0, 20), (16, 0, 20), (0, 4, 20), (8, 4, 20)]);
        var parameters = CommandLine.Done("inspect", Tiny.ChatModel, "--json").Json.GetProperty("parameters").GetInt64();
        foreach (var test in tests)
        {
            var (times, speeds) = (Numbers(test, "samples_ns"), Numbers(test, "samples_ts"));
            times.Length.ShouldBe(2);
            for (var i = 0; i < 2; i++) speeds[i].ShouldBe(1e9 * (Whole(test, "n_prompt") + Whole(test, "n_gen")) / times[i], 1e-6 * speeds[i]);
            test.GetProperty("avg_ns").GetDouble().ShouldBe(times.Average(), 1);
            test.GetProperty("stddev_ns").GetDouble().ShouldBe(Math.Abs(times[0] - times[1]) / Math.Sqrt(2), 1);
            test.GetProperty("avg_ts").GetDouble().ShouldBe(speeds.Average(), 1e-6 * speeds[0]);
            test.GetProperty("stddev_ts").GetDouble().ShouldBe(Math.Abs(speeds[0] - speeds[1]) / Math.Sqrt(2), 1e-6 * speeds[0]);
            (Whole(test, "n_threads"), Whole(test, "model_n_params"), Whole(test, "model_size")).ShouldBe((1, parameters, 4 * parameters));
            (test.GetProperty("type_k").GetString(), test.GetProperty("load_mode").GetString()).ShouldBe(("f32", "mmap"));
            foreach (var name in (string[])["build_commit", "cpu_info", "gpu_info", "backends", "model_filename", "model_type", "n_batch", "n_ubatch", "type_v", "n_gpu_layers", "embeddings", "test_time"]) test.TryGetProperty(name, out _).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void The_table_and_the_csv_are_llama_benchs()
    {
        using var scratch = new Scratch();
        CommandLine.Done("init", Tiny.ChatModel, "--type", "q8_0", "--output", scratch["t.gguf"]);
        string[] args = ["bench", "-m", scratch["t.gguf"], "-p", "8", "-n", "4", "-d", "20", "-r", "2", "-t", "1,2", "--no-warmup"];
        var lines = CommandLine.Done(args).Output.Split('\n');
        lines[0].ShouldBe("| model                          |       size |     params | backend    | threads |            test |                  t/s |");
        lines[1].ShouldBe("| ------------------------------ | ---------: | ---------: | ---------- | ------: | --------------: | -------------------: |");
        lines[2..6].ShouldAllBe(line => line.StartsWith("| llama ") && line.Contains(" Q8_0 ") && line.Contains(" ± ") && line.LastIndexOf('|') >= lines[0].LastIndexOf('|'));
        static IEnumerable<int> Bars(string line) => line.Select((character, at) => (character, at)).Where(pair => pair.character == '|').Select(pair => pair.at).SkipLast(1);
        foreach (var line in lines[2..6]) Bars(line).ShouldBe(Bars(lines[0])); // but for the last: figures that vary much want more room, as llama-bench's do
        lines[2..6].Select(line => line.Split('|')[5..7].Select(cell => cell.Trim())).ShouldBe([["1", "pp8 @ d20"], ["1", "tg4 @ d20"], ["2", "pp8 @ d20"], ["2", "tg4 @ d20"]]);
        lines[7].ShouldStartWith("build: ");
        var csv = CommandLine.Done([.. args, "--format", "csv"]).Output.TrimEnd('\n').Split('\n');
        csv.Length.ShouldBe(5);
        csv[0].ShouldEndWith("n_prompt,n_gen,n_depth,test_time,avg_ns,stddev_ns,avg_ts,stddev_ts");
        csv[1..].ShouldAllBe(row => row.Split("\",\"").Length == csv[0].Split(',', StringSplitOptions.None).Length);
    }

    [Fact]
    public void Several_sequences_at_once_are_measured_as_llama_batched_bench_does()
    {
        string[] args = ["bench", "--model", Tiny.ChatModel, "-p", "8", "-n", "4", "--batch", "1,3", "-r", "2", "-t", "1", "--no-warmup"];
        var tests = CommandLine.Done([.. args, "--json"]).Json.EnumerateArray().ToArray();
        tests.Select(test => (Whole(test, "pp"), Whole(test, "tg"), Whole(test, "pl"), Whole(test, "n_kv"))).ShouldBe([(8, 4, 1, 12), (8, 4, 3, 36)]);
        foreach (var test in tests)
        {
            double Of(string name) => test.GetProperty(name).GetDouble();
            Of("t_pp").ShouldBe(Numbers(test, "samples_t_pp").Average(), 1e-12);
            Of("speed_pp").ShouldBe(8 * Of("pl") / Of("t_pp"), 1e-6 * Of("speed_pp"));
            Of("speed_tg").ShouldBe(4 * Of("pl") / Of("t_tg"), 1e-6 * Of("speed_tg"));
            Of("speed").ShouldBe(12 * Of("pl") / Of("t"), 1e-6 * Of("speed"));
        }
        CommandLine.Done(args).Output.ShouldContain("|     PP |     TG |      B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |");
    }

    [Fact]
    public void What_cannot_be_measured_of_a_model_is_refused()
    {
        string Refused(params string[] args) => CommandLine.Refused(["bench", "--model", Tiny.ChatModel, .. args]);
        Refused("-p", "512").ShouldContain("pp512 needs 512 positions, this model has 96");
        Refused("-p", "40", "-n", "4", "-d", "60").ShouldContain("pp40 @ d60 needs 100 positions");
        Refused("-p", "0", "-n", "0").ShouldContain("nothing is left to measure");
        Refused("-p", "8,x").ShouldContain("--n-prompt x");
        Refused("-pg", "8").ShouldContain("--prompt-gen 8");
        Refused("-p", "8", "-n", "0", "--batch", "2").ShouldContain("--batch");
        Refused("-p", "8", "-n", "8", "--format", "yaml").ShouldContain("use md, json or csv");
        Refused("-p", "8", "-n", "8", "--format", "csv", "--json").ShouldContain("contradict");
        Refused("-p", "8", "-n", "8", "--cache-type", "q9").ShouldContain("use f32, f16, bf16, q8_0");
        Refused("-p", "8", "-n", "8", "--repack", "on").ShouldContain("use auto or off");
        Refused("-p", "8", "-n", "8", "--steps", "3").ShouldContain("--steps belongs to --train");
        Refused("--product").ShouldContain("one thing");
        CommandLine.Refused(["bench", "--product", "-p", "8"], "--n-prompt belongs to --model");
        CommandLine.Refused(["bench", "--product", "--threads", "1,2"], "go with --model only");
        CommandLine.Refused(["bench", "--model", "nowhere.gguf"], "nowhere.gguf");
    }

    private static long Whole(JsonElement test, string name) => test.GetProperty(name).GetInt64();

    private static double[] Numbers(JsonElement test, string name) => [.. test.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
}
