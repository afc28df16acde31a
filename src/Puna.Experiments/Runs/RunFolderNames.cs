using System.Globalization;
using Puna.Text;

namespace Puna.Experiments.Runs;

/// <summary>The names of what a run writes, which are also all that overwriting a run deletes.</summary>
internal static class RunFolderNames
{
    public const string RecipeHeader = "# A Puna run: the recipe as resolved. By this line the folder is known as a run's.";
    public const string Recipe = "recipe.yaml";
    public const string Metrics = "metrics.jsonl";
    public const string TensorBoard = "tensorboard";
    public const string Restarts = "restarts.jsonl";
    public const string Lock = "run.lock";
    public const string Report = "report.html";
    public const string Samples = "samples.jsonl";
    public const string Result = "result.json";
    public const string HeldOut = "heldout.jsonl";
    public const string Corpus = "corpus.txt";
    public const string Ladder = "ladder.jsonl";
    public const string Checkpoints = "checkpoints";
    public const string Best = "best";
    public const string Base = "base";
    public const string Model = "model";
    public const string Gguf = "gguf";

    /// <summary>The run's own shards of tokens. Overwriting does not delete them: they are used again where they fit.</summary>
    public const string Shards = "shards";
    private const string StepPrefix = "step-";

    public static string ShardsOf(string root) => Path.Combine(root, Shards);

    public static string Step(long step) => StepPrefix + step.ToString("D6", CultureInfo.InvariantCulture);

    public static long? StepOf(string folderName) =>
        folderName.StartsWith(StepPrefix, StringComparison.Ordinal)
        && long.TryParse(folderName.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    /// <summary>Deletes what a run writes, finished or temporary; whatever else lies in the folder stays. The recipe goes last, so that a folder half emptied is still known.</summary>
    public static void DeleteAll(string root)
    {
        foreach (var name in new[] { Metrics, Restarts, Samples, TensorBoard, Corpus, Report, Result, HeldOut, Ladder, Checkpoints, Best, Base, Model, Gguf, Recipe })
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(root).Where(entry => IsTemporary(Path.GetFileName(entry), name)).ToArray()) Delete(entry);
            Delete(Path.Combine(root, name));
        }
    }

    /// <summary>Puts right what a killed run left half done: entries under temporary names get their name back or go. Only names that a run writes are touched.</summary>
    public static void Tidy(string root)
    {
        string[] own = [Metrics, Restarts, Corpus, Report, Result, HeldOut, Best, Base, Model, Recipe];
        AtomicFolder.Tidy(root, own.Contains);
        AtomicFolder.Tidy(Path.Combine(root, Checkpoints), name => StepOf(name) is not null);
    }

    /// <summary>Whether an entry is what an interrupted write of <paramref name="name"/> left: <c>.NAME.….tmp</c> or <c>.NAME.….old</c>.</summary>
    public static bool IsTemporary(string entry, string name) =>
        entry.StartsWith($".{name}.", StringComparison.Ordinal) && (entry.EndsWith(".tmp", StringComparison.Ordinal) || entry.EndsWith(".old", StringComparison.Ordinal));

    private static void Delete(string path)
    {
        // A link goes, what it points to stays.
        if (Directory.Exists(path)) Directory.Delete(path, recursive: new DirectoryInfo(path).LinkTarget is null);
        else File.Delete(path);
    }
}
