using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Puna.Experiments;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Training;

namespace Puna.Cli.Tests;

/// <summary>Where a run was when it was killed, by what it left behind.</summary>
internal enum KilledWhile
{
    /// <summary>Before the first step of the sitting.</summary>
    Preparing,

    /// <summary>Between the log's last line and the next: with several micro-batches a step, nearly always within the accumulation.</summary>
    Stepping,

    /// <summary>A file or folder under its temporary name was there.</summary>
    Writing,

    /// <summary>It was not: the run had come to its end.</summary>
    Finished,
}

/// <summary>A pretraining in a process of its own that is killed with SIGKILL and resumed, beside the same run without interruption, whose every checkpoint is known by its hashes.</summary>
internal sealed class KillableRun : IDisposable
{
    private static readonly string[] StateFiles = ["model.safetensors", "trainer_state.safetensors"];
    private readonly Scratch _scratch = new();
    private readonly Dictionary<string, string> _expected = [];
    private readonly string[] _arguments;

    public KillableRun(string precision, int steps)
    {
        _scratch.Write("recipe.yaml", $$"""
            model: { hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4, dropout: 0.1 }
            tokenizer: { type: char }
            data: { sequence_length: 64 }
            training: { steps: {{steps}}, batch_size: 8, gradient_accumulation: 3, checkpoint_every: 3, eval_every: 6, eval_tokens: 200, precision: {{precision}}, keep_best: 1 }
            optimizer: { learning_rate: 5e-3 }
            schedule: { warmup_steps: 5 }
            """);
        _arguments = ["pretrain", _scratch["recipe.yaml"], "--data", Tiny.Text, "--threads", "1", "--output"];
        var recipe = RecipeLoader.Load(_scratch["recipe.yaml"], [], [Tiny.Text]);
        PretrainRun.Run(recipe, new RunOptions(_scratch["whole"], Threads: 1), new Noting(() => Note("whole"))).ShouldNotBeNull();
    }

    public string Folder => _scratch["run"];

    /// <summary>Steps in the log.</summary>
    public long Step => MetricsLog.ReadWhole(_scratch["run/metrics.jsonl"]).Where(line => line.Split == MetricsSplit.Train).Select(line => line.Step).DefaultIfEmpty(0).Max();

    /// <summary>Starts or resumes the run and kills it once <paramref name="isTime"/> says so.</summary>
    public KilledWhile Kill(Func<bool> isTime)
    {
        var before = Step;
        using var process = Start();
        while (!process.HasExited && !isTime()) Thread.Sleep(1);
        process.Kill(); // SIGKILL
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return KilledWhile.Finished;
        process.ExitCode.ShouldBe(128 + 9, error);
        CheckCheckpoints();
        if (HasTemporary()) return KilledWhile.Writing;
        return Step == before || Step == 0 ? KilledWhile.Preparing : KilledWhile.Stepping;
    }

    /// <summary>Whether something is being written under a temporary name this moment.</summary>
    public bool HasTemporary() => new[] { Folder, Path.Combine(Folder, "checkpoints") }.Any(folder =>
        Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(entry => Path.GetFileName(entry)[0] == '.'));

    /// <summary>Lets the run come to its end and compares all it made with the uninterrupted run's.</summary>
    public JsonObject FinishAndCompare()
    {
        using (var process = Start())
        {
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            process.ExitCode.ShouldBe(0, error);
        }
        CheckCheckpoints().ShouldBe(1); // keep_best
        foreach (var file in (string[])["model/model.safetensors", "best/model.safetensors", "model/config.json", "recipe.yaml"])
            Hash(_scratch["run/" + file]).ShouldBe(Hash(_scratch["whole/" + file]), file);
        Timeless("run/metrics.jsonl").ShouldBe(Timeless("whole/metrics.jsonl"));
        Directory.EnumerateFileSystemEntries(Folder, ".*", SearchOption.AllDirectories).ShouldBeEmpty();
        return JsonNode.Parse(File.ReadAllText(_scratch["run/result.json"]))!.AsObject();
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Every checkpoint that is there has, bit for bit, the weights and moments of the uninterrupted run at its step.</summary>
    private int CheckCheckpoints()
    {
        if (!Directory.Exists(Path.Combine(Folder, "checkpoints"))) return 0;
        var count = 0;
        foreach (var checkpoint in Directory.EnumerateDirectories(Path.Combine(Folder, "checkpoints"), "step-*"))
        {
            TrainingCheckpoint.FindDamage(checkpoint).ShouldBeNull();
            foreach (var file in StateFiles) Hash(Path.Combine(checkpoint, file)).ShouldBe(_expected[$"{Path.GetFileName(checkpoint)}/{file}"], $"{checkpoint}/{file}");
            count++;
        }
        return count;
    }

    private void Note(string run)
    {
        var checkpoints = _scratch[run + "/checkpoints"];
        if (!Directory.Exists(checkpoints)) return;
        foreach (var checkpoint in Directory.EnumerateDirectories(checkpoints, "step-*"))
            foreach (var file in StateFiles)
                _expected.TryAdd($"{Path.GetFileName(checkpoint)}/{file}", Hash(Path.Combine(checkpoint, file)));
    }

    private Process Start() => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "puna.dll"), .. _arguments, Folder, "--resume"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private string[] Timeless(string name) =>
    [
        .. File.ReadLines(_scratch[name]).Select(line =>
        {
            var json = JsonNode.Parse(line)!.AsObject();
            foreach (var key in (string[])["seconds", "tokens_per_second", "elapsed", "mfu", "memory_bytes"]) json.Remove(key);
            return json.ToJsonString();
        }),
    ];

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>Looks at the run's folder after each step and at each stage.</summary>
    private sealed class Noting(Action note) : IRunDisplay
    {
        public void Stage(string name) => note();

        public void Say(string line)
        {
        }

        public void Progress(double share)
        {
        }

        public void Step(in TrainingProgress progress) => note();
    }
}
