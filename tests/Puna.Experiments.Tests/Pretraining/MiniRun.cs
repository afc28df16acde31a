using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>A pretraining of some seconds: a recipe, its text and its folder, all of which go away with the test.</summary>
internal sealed class MiniRun : IDisposable
{
    private const string Yaml = """
        model:
          hidden_size: 32
          intermediate_size: 64
          num_hidden_layers: 2
          num_attention_heads: 2
          dropout: 0.1
        tokenizer:
          type: char
        data:
          split: [0.8, 0.1, 0.1]
          sequence_length: 16
        training:
          steps: 30
          batch_size: 4
          gradient_accumulation: 2
          checkpoint_every: 10
          eval_every: 10
          seed: 5
        optimizer:
          learning_rate: 3e-3
        schedule:
          warmup_steps: 5
        """;

    private readonly TemporaryFolder _folder = new();

    public MiniRun(params string[] sets)
    {
        File.WriteAllText(_folder["text.txt"], Text(120));
        File.WriteAllText(_folder["mini.yaml"], Yaml);
        Recipe = RecipeLoader.Load(_folder["mini.yaml"], sets, [_folder["text.txt"]]);
    }

    public Recipe Recipe { get; set; }

    public string Output => _folder["run"];

    public string this[string name] => _folder["run/" + name];

    public HeardDisplay Display { get; } = new();

    /// <summary>Runs; null where it was stopped after so many steps.</summary>
    public string? Run(RunFolderMode mode = RunFolderMode.New, int stopAfter = 0, string? output = null)
    {
        using var stop = new CancellationTokenSource();
        Display.Stepped = step =>
        {
            if (step == stopAfter) stop.Cancel();
        };
        return PretrainRun.Run(Recipe, new RunOptions(output ?? Output, mode, Threads: 1), Display, stop.Token);
    }

    public string Folder(string name) => _folder[name];

    public void WriteText(string text) => File.WriteAllText(_folder["text.txt"], text);

    public void Dispose() => _folder.Dispose();

    /// <summary>Documents of a few sentences, with blank lines between them.</summary>
    public static string Text(int documents)
    {
        string[] who = ["ann", "the cat", "old bo", "a fox"], does = ["sees", "likes", "finds", "hides"], what = ["a red ball", "the tree", "two fish", "its nest"];
        var random = new CounterRandom(1);
        return string.Join("\n\n", Enumerable.Range(0, documents).Select(_ =>
            string.Join(" ", Enumerable.Range(0, 1 + random.Next(3)).Select(_ => $"{who[random.Next(4)]} {does[random.Next(4)]} {what[random.Next(4)]}."))));
    }
}

/// <summary>Keeps what a run says.</summary>
internal sealed class HeardDisplay : IRunDisplay
{
    public List<string> Lines { get; } = [];

    public List<string> Stages { get; } = [];

    public List<double> Utilizations { get; } = [];

    public Action<int>? Stepped { get; set; }

    public Action<string>? Staged { get; set; }

    public string All => string.Join('\n', Lines);

    public void Stage(string name)
    {
        Stages.Add(name);
        Staged?.Invoke(name);
    }

    public void Say(string line) => Lines.Add(line);

    public void Progress(double share) => share.ShouldBeInRange(0, 1);

    public void Step(in TrainingProgress progress)
    {
        if (progress.Utilization is { } utilization) Utilizations.Add(utilization);
        Stepped?.Invoke(progress.Result.Step);
    }
}
