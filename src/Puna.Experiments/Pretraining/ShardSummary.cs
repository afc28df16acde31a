using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>What shards hold, in lines for people and as a table for reports.</summary>
public static class ShardSummary
{
    /// <summary>A line a source, a line with what was removed from it, and a line with all.</summary>
    public static IEnumerable<string> Lines(ShardManifest manifest)
    {
        foreach (var source in manifest.Sources)
        {
            yield return $"{source.Name}: {Figures.Count(source.DocumentsRead)} documents read from {source.Files} {(source.Files == 1 ? "file" : "files")}; "
                + string.Join(", ", source.Parts.Select(part => $"{part.Key} {Figures.Count(part.Value.Documents)} with {Figures.Count(part.Value.Tokens)} tokens"));
            var removed = source.Removed.Where(pair => pair.Value > 0).ToArray();
            if (source.Removed.Count > 0) yield return $"{source.Name}: removed {(removed.Length == 0 ? "nothing" : string.Join(", ", removed.Select(pair => $"{Figures.Count(pair.Value)} {pair.Key}")))}";
        }
        var (train, validation, test) = (manifest.Total(DataPart.Train), manifest.Total(DataPart.Validation), manifest.Total(DataPart.Test));
        yield return $"{Figures.Count(train.Documents + validation.Documents + test.Documents)} documents, {Figures.Count(train.Tokens + validation.Tokens + test.Tokens)} tokens, {Figures.Count(train.Bytes + validation.Bytes + test.Bytes)} bytes of text";
    }

    /// <summary>The table of a report, as Llama 1 prints it (Touvron et al., «LLaMA», 2023, table 1): proportion, epochs and size by source.</summary>
    /// <param name="manifest">The shards.</param>
    /// <param name="proportions">Sampling proportions; null where sources are seen equally often.</param>
    /// <param name="epochs">How often the run sees each training source.</param>
    internal static TableSection Table(ShardManifest manifest, IReadOnlyList<double>? proportions, IReadOnlyList<double> epochs)
    {
        var all = (double)manifest.Total(DataPart.Train).Tokens;
        var rows = manifest.Sources.Take(epochs.Count).Select((source, i) =>
        {
            var train = source.Part(DataPart.Train);
            var proportion = proportions?[i] ?? train.Tokens / all;
            return new TableRow([source.Name, $"{Figures.Significant(100 * proportion)} %", Figures.Significant(epochs[i]), Figures.Count(train.Documents), Figures.Count(train.Tokens), Figures.Count(train.Bytes),
                string.Join(", ", source.Removed.Where(pair => pair.Value > 0).Select(pair => $"{Figures.Count(pair.Value)} {pair.Key}")) is { Length: > 0 } removed ? removed : "–"]);
        });
        return new TableSection([new TableColumn("Source"), new TableColumn("Sampling proportion", true), new TableColumn("Epochs", true), new TableColumn("Documents", true), new TableColumn("Tokens", true), new TableColumn("Bytes of text", true), new TableColumn("Removed")],
            [.. rows], "Training part. Epochs: how often the whole run sees a source. Removed: documents, by the rule or the kind of duplicate that they fell to.")
        { Heading = "Training data" };
    }
}
