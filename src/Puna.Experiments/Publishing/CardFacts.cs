using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Hub;
using Puna.Models;
using Puna.Training;

namespace Puna.Experiments.Publishing;

/// <summary>What a model's card can say: of the model by itself, and of the run that it lies in.</summary>
public static class CardFacts
{
    private const int FoldersAbove = 3;

    /// <summary>What a checkpoint has beside its model: of no use to others, and its recipe says where files lie on this machine.</summary>
    public static IReadOnlyList<string> TrainingFiles { get; } = [TrainingCheckpoint.StateFile, TrainingCheckpoint.MomentsFile, Checksums.FileName, ResumePoint.RecipeFile];

    /// <summary>Gathers.</summary>
    /// <param name="name">The model's name on the hub.</param>
    /// <param name="model">Its folder or file, see <see cref="ModelLocator"/>.</param>
    /// <param name="licence">Hugging Face's short name of its licence; null for not stated.</param>
    /// <param name="baseModel">The model it was made from; null for none.</param>
    /// <param name="data">The data it learned from, in place of those the run names; may be empty.</param>
    /// <exception cref="InvalidDataException">There is no model that this build reads, or the licence cannot be one.</exception>
    public static ModelCard Gather(string name, string model, string? licence, string? baseModel, IReadOnlyList<string> data)
    {
        var config = ModelPath.ReadConfig(model);
        var card = new ModelCard(name)
        {
            About = $"A {config.ModelType} model of {Figures.Count(config.ParameterCount)} parameters: {config.LayerCount} layers of {config.HiddenSize}, {config.HeadCount} heads over {config.KeyValueHeadCount}, a vocabulary of {Figures.Count(config.VocabularySize)}, {Figures.Count(config.ContextLength)} positions.",
            Licence = licence is null ? null : ModelCard.RequireLicence(licence),
            Base = baseModel,
            Data = data,
            Tags = [config.ModelType],
        };
        if (RunOf(model) is not { } run) return card;
        var recipe = run.ReadRecipe();
        return card with
        {
            Data = data.Count > 0 ? data : [.. recipe.Data.Train.Select(source => DataName(source.Path)).Distinct()],
            Arguments = RecipeWriter.ToYaml(WithoutPaths(recipe)),
            Scores = ScoresOf(run, Path.TrimEndingDirectorySeparator(Path.GetFullPath(model))),
        };
    }

    /// <summary>The run whose folder a model lies in; null for none.</summary>
    private static RunFolder? RunOf(string model)
    {
        var folder = Path.GetFullPath(model);
        for (var i = 0; i < FoldersAbove && Path.GetDirectoryName(folder) is { } above; i++)
            if (RunFolder.IsRunFolder(folder = above)) return RunFolder.Read(folder);
        return null;
    }

    /// <summary>The name of a file, or of the data set that it is. Where it lies on this machine is nobody's business.</summary>
    private static string DataName(string path)
    {
        var file = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return PublicDataset.All.FirstOrDefault(one => one.FileName == file) is { } known ? $"{known.Name} ({known.Licence}, {known.Address})" : file;
    }

    private static Recipe WithoutPaths(Recipe recipe)
    {
        static string Last(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        static ValueList<DataSource> Names(ValueList<DataSource> sources) => ValueList.Create<DataSource>([.. sources.Select(source => source with { Path = Last(source.Path) })]);
        return recipe with
        {
            Data = recipe.Data with { Train = Names(recipe.Data.Train), Validation = Names(recipe.Data.Validation), Shards = recipe.Data.Shards is { } shards ? Last(shards) : null },
            Tokenizer = recipe.Tokenizer with { Path = recipe.Tokenizer.Path is { } tokenizer ? Last(tokenizer) : null },
        };
    }

    /// <summary>The scores of just this model: the finished run's, the best evaluation's, or those of the checkpoint's step.</summary>
    private static IReadOnlyList<(string, double)> ScoresOf(RunFolder run, string model)
    {
        if (model == run.ModelPath && run.IsFinished) return FromResult(run.ResultPath);
        if (!File.Exists(run.MetricsPath)) return [];
        var lines = MetricsLog.Read(run.MetricsPath).Where(line => line.Split == MetricsSplit.Validation && line.Loss is { } loss && double.IsFinite(loss));
        var line = model == run.BestPath ? lines.MinBy(one => one.Loss) : lines.LastOrDefault(one => run.CheckpointPath(one.Step) == model);
        if (line is null) return [];
        return [.. new (string Name, double? Value)[] { ("step", line.Step), ("val_loss", line.Loss), ("val_perplexity", line.Perplexity), ("val_accuracy", line.Accuracy), ("val_bits_per_byte", line.BitsPerByte) }.Where(one => one.Value is not null).Select(one => (one.Name, one.Value!.Value))];
    }

    private static IReadOnlyList<(string, double)> FromResult(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. json.RootElement.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.Number && IsScore(one.Name)).Select(one => (one.Name, one.Value.GetDouble()))];
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not the object that a run writes: {exception.Message}", exception);
        }
    }

    private static bool IsScore(string name) => name.EndsWith("_loss", StringComparison.Ordinal) || ((string[])["val_", "test_", "qa_", "stories_"]).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
