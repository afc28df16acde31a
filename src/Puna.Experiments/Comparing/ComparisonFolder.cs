using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Comparing;

/// <summary>
/// The folder of a comparison: a folder a recipe, in it a run folder a seed, and beside them the result, its table and the report. The list of recipes is written
/// first; by it the folder is known as a comparison's.
/// </summary>
internal sealed class ComparisonFolder
{
    private const string ListFile = "comparison.txt";
    private const string Header = "# A Puna comparison: the recipes that take part, one a line. By this line the folder is known as a comparison's.";

    private ComparisonFolder(string root) => Root = root;

    public string Root { get; }

    public string ResultPath => Path.Combine(Root, "result.json");

    public string ReportPath => Path.Combine(Root, "report.html");

    public string RunPath(string name, long seed) => Path.Combine(Root, name, $"seed-{seed}");

    /// <summary>Opens or makes the folder for these entrants.</summary>
    /// <exception cref="InvalidDataException">It is in use for something else, or the mode does not say what to do with it.</exception>
    public static ComparisonFolder Open(string path, RunFolderMode mode, IReadOnlyList<string> names)
    {
        var folder = new ComparisonFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (File.Exists(folder.Root)) throw new InvalidDataException($"{path} is a file; a comparison needs a folder, choose another with --output");
        if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any()) folder.Prepare(path, mode, names);
        Directory.CreateDirectory(folder.Root);
        Puna.Text.AtomicFile.WriteText(Path.Combine(folder.Root, ListFile), string.Join('\n', names.Prepend(Header)) + "\n");
        return folder;
    }

    /// <summary>How a run folder that may be there is to be used: a finished or begun run of the same recipe is gone on with.</summary>
    /// <exception cref="InvalidDataException">The run there is of another recipe.</exception>
    public RunFolderMode ModeOf(string name, Recipe recipe)
    {
        var path = RunPath(name, recipe.Training.Seed);
        if (!RunFolder.IsRunFolder(path)) return RunFolderMode.New;
        if (RunFolder.Read(path).ReadRecipe() == recipe) return RunFolderMode.Resume;
        throw new InvalidDataException($"{path} holds a run of another recipe than the comparison asks for now; give --overwrite to train all again, or another --output");
    }

    private void Prepare(string path, RunFolderMode mode, IReadOnlyList<string> names)
    {
        if (mode == RunFolderMode.New) throw new InvalidDataException($"{path} exists and is not empty; go on with the comparison in it with --resume, replace it with --overwrite, or choose another folder with --output");
        var list = Path.Combine(Root, ListFile);
        if (!File.Exists(list) || File.ReadLines(list).FirstOrDefault() != Header)
            throw new InvalidDataException($"{path} has files in it but no comparison (no {ListFile} written by one), so it is left alone; choose another folder with --output");
        if (mode != RunFolderMode.Overwrite) return;
        foreach (var name in File.ReadLines(list).Skip(1).Concat(names).Distinct())
        {
            foreach (var run in Directory.Exists(Path.Combine(Root, name)) ? Directory.GetDirectories(Path.Combine(Root, name), "seed-*") : []) Directory.Delete(run, recursive: new DirectoryInfo(run).LinkTarget is null);
        }
        File.Delete(ResultPath);
        File.Delete(ReportPath);
    }
}
