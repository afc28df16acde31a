using System.Globalization;
using Puna.Experiments.Recipes;

namespace Puna.Experiments.Runs;

/// <summary>The folder of one run and the names of all that lies in it. <c>docs/run-folder.md</c> describes the files.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Root = path;

    /// <summary>Full path of the folder.</summary>
    public string Root { get; }

    /// <summary>The recipe with every value resolved.</summary>
    public string RecipePath => Path.Combine(Root, RunFolderNames.Recipe);

    /// <summary>One JSON object a line: training and evaluation figures by step.</summary>
    public string MetricsPath => Path.Combine(Root, RunFolderNames.Metrics);

    /// <summary>One JSON object a line: what the model wrote on the way.</summary>
    public string SamplesPath => Path.Combine(Root, RunFolderNames.Samples);

    /// <summary>Event files for TensorBoard; a stage of a run that has several has a folder of its own in it.</summary>
    public string TensorBoardPath => Path.Combine(Root, RunFolderNames.TensorBoard);

    /// <summary>The report, a page that opens offline.</summary>
    public string ReportPath => Path.Combine(Root, RunFolderNames.Report);

    /// <summary>The object that <c>--json</c> prints at the end; there only when the run is finished.</summary>
    public string ResultPath => Path.Combine(Root, RunFolderNames.Result);

    /// <summary>Every held-out question with its answer and the model's.</summary>
    public string HeldOutPath => Path.Combine(Root, RunFolderNames.HeldOut);

    /// <summary>One JSON object a line: a finished training of a ladder.</summary>
    public string LadderPath => Path.Combine(Root, RunFolderNames.Ladder);

    /// <summary>The text that quickstart wrote for itself.</summary>
    public string CorpusPath => Path.Combine(Root, RunFolderNames.Corpus);

    /// <summary>One JSON object for each time the run was resumed.</summary>
    public string RestartsPath => Path.Combine(Root, RunFolderNames.Restarts);

    /// <summary>The checkpoints by step.</summary>
    public string CheckpointsPath => Path.Combine(Root, RunFolderNames.Checkpoints);

    /// <summary>The model with the lowest validation loss so far.</summary>
    public string BestPath => Path.Combine(Root, RunFolderNames.Best);

    /// <summary>The pretrained model of a run that goes on to fine-tune it.</summary>
    public string BasePath => Path.Combine(Root, RunFolderNames.Base);

    /// <summary>The model that the run is for; there only when the run is finished.</summary>
    public string ModelPath => Path.Combine(Root, RunFolderNames.Model);

    /// <summary>Smaller GGUF files of a model, where the run writes them.</summary>
    public string GgufPath => Path.Combine(Root, RunFolderNames.Gguf);

    /// <summary>The folder of one checkpoint, as in <c>checkpoints/step-000100</c>.</summary>
    /// <param name="step">Optimizer steps done.</param>
    public string CheckpointPath(long step) => Path.Combine(CheckpointsPath, RunFolderNames.Step(step));

    /// <summary>Checkpoints that are there, by step, the earliest first.</summary>
    public IReadOnlyList<long> CheckpointSteps() => Directory.Exists(CheckpointsPath)
        ? [.. Directory.GetDirectories(CheckpointsPath).Select(folder => RunFolderNames.StepOf(Path.GetFileName(folder))).OfType<long>().Order()]
        : [];

    /// <summary>The model to talk to: the finished one, else the best, else the newest checkpoint, else the pretrained one; null where there is none yet.</summary>
    public string? FindModel()
    {
        var checkpoints = CheckpointSteps().Reverse().Select(CheckpointPath);
        return new[] { ModelPath, BestPath }.Concat(checkpoints).Append(BasePath).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "config.json")));
    }

    /// <summary>Whether the run got to its end.</summary>
    public bool IsFinished => File.Exists(ResultPath);

    /// <summary>Opens a folder to run in and makes it where it is missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="mode">What to do with one that is there.</param>
    /// <exception cref="InvalidDataException">The folder is in use for something else, or for another run and <paramref name="mode"/> does not say what to do.</exception>
    public static RunFolder Open(string path, RunFolderMode mode)
    {
        var isUsed = Check(path, mode);
        var folder = new RunFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (isUsed && mode == RunFolderMode.Overwrite) RunFolderNames.DeleteAll(folder.Root);
        Directory.CreateDirectory(folder.Root);
        return folder;
    }

    /// <summary>Refuses a folder that <see cref="Open"/> would refuse, and changes nothing: a run asks before its first long piece of work.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="mode">What to do with one that is there.</param>
    /// <returns>Whether there is something in it.</returns>
    /// <exception cref="InvalidDataException">As for <see cref="Open"/>.</exception>
    public static bool Check(string path, RunFolderMode mode)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(root)) throw new InvalidDataException($"{path} is a file; a run needs a folder, choose another with --output.");
        if (!Directory.Exists(root) || !Directory.EnumerateFileSystemEntries(root).Any(IsMoreThanAStart)) return false;
        if (mode == RunFolderMode.New)
            throw new InvalidDataException($"{path} exists and is not empty; continue the run in it with --resume, replace it with --overwrite, or choose another folder with --output.");
        if (!IsRunFolder(root))
            throw new InvalidDataException($"{path} has files in it but is not a run folder (no {RunFolderNames.Recipe} written by a run), so it is left alone; choose another folder with --output.");
        return true;
    }

    /// <summary>A run folder to read; nothing is made or changed.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidDataException">It is no run folder.</exception>
    public static RunFolder Read(string path) => IsRunFolder(path)
        ? new RunFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))
        : throw new InvalidDataException($"{path} is not a run folder: it has no {RunFolderNames.Recipe} written by a run.");

    /// <summary>Whether a run made the folder: its <c>recipe.yaml</c> begins as runs begin it.</summary>
    /// <param name="path">The folder.</param>
    public static bool IsRunFolder(string path)
    {
        var recipe = Path.Combine(path, RunFolderNames.Recipe);
        return File.Exists(recipe) && File.ReadLines(recipe).FirstOrDefault() == RunFolderNames.RecipeHeader;
    }

    /// <summary>Where a run goes unless told otherwise: <c>runs/NAME-yyyyMMdd-HHmmss</c> in the current folder, with a number behind it where that is taken.</summary>
    /// <param name="name">Name of the recipe.</param>
    /// <param name="now">Local time.</param>
    public static string DefaultPath(string name, DateTime now)
    {
        var safe = string.Concat(name.Select(character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.' ? character : '-')).Trim('.');
        var path = Path.Combine("runs", $"{(safe.Length > 0 ? safe : "run")}-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");
        for (var number = 2; ; number++)
        {
            var candidate = number == 2 ? path : $"{path}-{number - 1}";
            if (!Directory.Exists(candidate) && !File.Exists(candidate)) return candidate;
        }
    }

    /// <summary>The run with the newest model among the folders of <paramref name="root"/>, or null.</summary>
    /// <param name="root">The folder of runs.</param>
    public static RunFolder? Newest(string root = "runs") => !Directory.Exists(root)
        ? null
        : Directory.GetDirectories(root).Where(IsRunFolder).Select(path => new RunFolder(Path.GetFullPath(path)))
            .Select(run => (Run: run, Model: run.FindModel())).Where(found => found.Model is not null)
            .OrderByDescending(found => File.GetLastWriteTimeUtc(Path.Combine(found.Model!, "config.json"))).ThenByDescending(found => found.Run.Root, StringComparer.Ordinal)
            .Select(found => found.Run).FirstOrDefault();

    /// <summary>Puts right what a killed run left half done.</summary>
    internal void Tidy() => RunFolderNames.Tidy(Root);

    /// <summary>Keeps other processes from running in the folder until it is disposed or the process dies, however it dies.</summary>
    /// <exception cref="InvalidDataException">Another process runs here.</exception>
    internal IDisposable Lock()
    {
        var path = Path.Combine(Root, RunFolderNames.Lock);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new InvalidDataException($"another process is running in {Root}; wait for it or stop it, or choose another folder with --output.");
        }
    }

    /// <summary>Writes the resolved recipe. A run does this first: by it the folder is known as a run's.</summary>
    /// <param name="recipe">The recipe.</param>
    public void WriteRecipe(Recipe recipe) => Puna.Text.AtomicFile.WriteText(RecipePath, RunFolderNames.RecipeHeader + "\n" + RecipeWriter.ToYaml(recipe));

    /// <summary>The recipe of the run, as it was resolved.</summary>
    /// <exception cref="InvalidDataException">The file was changed into something that is no recipe.</exception>
    public Recipe ReadRecipe() => RecipeLoader.Load(RecipePath);

    // A run that was killed before its recipe had its name leaves this, and perhaps its shards, and nothing else.
    private static bool IsMoreThanAStart(string entry) =>
        Path.GetFileName(entry) is var name && name != RunFolderNames.Shards && !RunFolderNames.IsTemporary(name, RunFolderNames.Shards) && !RunFolderNames.IsTemporary(name, RunFolderNames.Recipe);
}
