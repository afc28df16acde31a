namespace Puna.Experiments.Runs;

/// <summary>Finds the model folder that a user means: the folder itself, or a run's model.</summary>
public static class ModelLocator
{
    /// <summary>The model folder or file at a path; of a run folder its finished model, else its best, else its newest checkpoint.</summary>
    /// <param name="path">A model folder, a file that holds a model, or a run folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A run without a model so far.</exception>
    public static string Find(string path)
    {
        if (File.Exists(path)) return path; // what it is, ModelSource finds out
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"there is no model folder or file {path}");
        if (File.Exists(Path.Combine(path, "config.json")) || !RunFolder.IsRunFolder(path)) return path;
        return RunFolder.Read(path).FindModel() ?? throw new InvalidDataException($"the run in {path} has no model yet; let it get to its first evaluation");
    }

    /// <summary>The model of the newest run under <c>runs</c> in the current folder.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static string Newest() => RunFolder.Newest()?.FindModel()
        ?? throw new InvalidDataException("no model is named, and there is no run with a model under ./runs; give --model DIR, or make one with: puna quickstart");
}
