using System.Globalization;
using Puna.Experiments.Recipes;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>Whether a recipe's data are streamed through shards, and what these depend on.</summary>
internal static class StreamedSettings
{
    /// <summary>Text that is larger is not read into memory as a whole.</summary>
    private const long LargeBytes = 1L << 30;

    /// <summary>
    /// Whether the data go through shards: where shards, duplicates, filters, validation files, weights or epochs are asked for, where a source is anything but
    /// one plain text file, and where the files are large.
    /// </summary>
    public static bool IsNeeded(Recipe recipe)
    {
        var data = recipe.Data;
        if (data.Shards is not null || data.Deduplicate != Deduplication.None || data.Filters.Count > 0 || data.Validation.Count > 0) return true;
        if (data.Train.Any(source => source.Weight != 1 || source.Epochs is not null || !IsPlainFile(source.Path))) return true;
        return data.Train.Where(source => File.Exists(source.Path)).Sum(source => FileSize.Of(source.Path)) > LargeBytes;
    }

    /// <summary>The recipe as streaming takes it: documents, each by itself.</summary>
    public static Recipe Documents(Recipe recipe) => recipe with { Data = recipe.Data with { Encode = EncodeUnit.Documents, SplitBy = SplitUnit.Documents } };

    /// <summary>Proportions to sample by; null where all weights are left at 1.</summary>
    /// <exception cref="InvalidDataException">They do not sum to 1.</exception>
    public static IReadOnlyList<double>? Proportions(Recipe recipe)
    {
        var weights = recipe.Data.Train.Select(source => source.Weight).ToArray();
        if (weights.All(weight => weight == 1)) return null;
        MixtureSchedule.RequireProportions(weights);
        return weights;
    }

    /// <summary>The sources with their files: training first, in the recipe's order, then validation.</summary>
    /// <exception cref="FileNotFoundException">A path has no file.</exception>
    public static IReadOnlyList<ShardSource> Sources(Recipe recipe)
    {
        ShardSource Source(DataSource source, DataPart? part) =>
            new(Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Path)), DocumentFiles.Find(source.Path), new DocumentOptions(source.Column, recipe.Data.DocumentSeparator)) { Part = part };
        DataPart? training = recipe.Data.Validation.Count > 0 ? DataPart.Train : null;
        return [.. recipe.Data.Train.Select(source => Source(source, training)), .. recipe.Data.Validation.Select(source => Source(source, DataPart.Validation))];
    }

    /// <summary>How the shards are made.</summary>
    public static ShardOptions Options(Recipe recipe, int threads) => new()
    {
        Filters = [.. recipe.Data.Filters.Select(name => QualityFilter.Find(name)!)],
        Deduplication = recipe.Data.Deduplicate,
        NearDuplicateThreshold = recipe.Data.NearDuplicateThreshold,
        ValidationShare = recipe.Data.Split.Validation,
        TestShare = recipe.Data.Split.Test,
        HeldOutTokens = recipe.Data.HeldOutTokens,
        Threads = threads,
    };

    /// <summary>What the shards depend on beside a loaded tokenizer, in words that tell one state of recipe and files from another. Folders do not count, so that data may move.</summary>
    public static IReadOnlyDictionary<string, string> Describe(Recipe recipe, IReadOnlyList<ShardSource> sources)
    {
        var data = recipe.Data;
        var settings = new Dictionary<string, string>();
        if (recipe.Tokenizer.Path is null)
        {
            foreach (var key in RecipeKeys.All.Where(key => key.Section == "tokenizer"))
                if (key.Write(recipe) is { } value) settings[key.Path] = value;
        }
        settings["data.document_separator"] = data.DocumentSeparator;
        settings["data.deduplicate"] = data.Deduplicate == Deduplication.Near
            ? $"near at {data.NearDuplicateThreshold.ToString(CultureInfo.InvariantCulture)}"
            : data.Deduplicate.ToString().ToLowerInvariant();
        settings["data.filters"] = data.Filters.Count == 0 ? "none" : string.Join(", ", data.Filters);
        settings["data.split"] = data.Validation.Count > 0 ? "validation files" : string.Create(CultureInfo.InvariantCulture, $"{data.Split.Train}, {data.Split.Validation}, {data.Split.Test} of at most {data.HeldOutTokens} tokens");
        for (var i = 0; i < sources.Count; i++)
            settings[i < data.Train.Count ? $"data.train {i + 1}" : $"data.validation {i + 1 - data.Train.Count}"] =
                $"{sources[i].Options.Column} of {string.Join(", ", sources[i].Files.Select(file => $"{Path.GetFileName(file)} ({FileSize.Of(file)} bytes)"))}";
        return settings;
    }

    private static bool IsPlainFile(string path) => File.Exists(path)
        ? DocumentFormats.Of(path) == DocumentFormat.Text && !DocumentFormats.IsCompressed(path)
        : !Directory.Exists(path) && !DocumentFiles.IsPattern(path); // what is missing is missed by name
}
