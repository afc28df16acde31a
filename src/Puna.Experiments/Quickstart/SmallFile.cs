using Puna.Evaluation;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Quickstart;

/// <summary>A model as a GGUF file of one kind, and what it costs.</summary>
/// <param name="Type">Q8_0, Q4_0.</param>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Loss">Of the model read back from it, on what the full model was scored on.</param>
public sealed record SmallFile(string Type, string Path, long Bytes, double Loss)
{
    /// <summary>The kinds that quickstart writes: rows of its model are whole blocks of both.</summary>
    public static IReadOnlyList<string> Types { get; } = ["Q8_0", "Q4_0"];

    /// <summary>Perplexity.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Writes a model once for each kind, every matrix in that type, reads each file again and scores it.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="rows">What to score on.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="precision">As the full model was scored.</param>
    /// <param name="display">Hears of each.</param>
    /// <param name="cancellation">Stops between files.</param>
    public static IReadOnlyList<SmallFile> WriteAll(string model, string folder, TokenRows rows, Device device, Precision precision, IRunDisplay display, CancellationToken cancellation)
    {
        var files = new List<SmallFile>();
        Directory.CreateDirectory(folder);
        foreach (var type in Types)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = System.IO.Path.Combine(folder, $"{System.IO.Path.GetFileName(model)}-{type.ToLowerInvariant()}{GgufFile.Extension}");
            long bytes;
            using (var source = ModelSource.Open(model))
            using (var pool = new WorkerPool(ProcessorLimits.DefaultThreads()))
            {
                var report = ModelConverter.Convert(source, path, ModelFormat.Gguf, type, pool, gguf: new GgufOptions(IsPure: true));
                foreach (var note in files.Count == 0 ? report.Notes : []) display.Say(note);
                bytes = report.Bytes;
            }
            using var scorer = new ModelScorer(ModelPath.Load(path).Network, device, precision);
            files.Add(new SmallFile(type, path, bytes, scorer.Score(rows, cancellation: cancellation).Loss));
        }
        return files;
    }
}
