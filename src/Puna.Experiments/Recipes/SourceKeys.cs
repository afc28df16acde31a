using Puna.Text;
using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>The keys that name data: sources with what belongs to each, and filters.</summary>
internal static class SourceKeys
{
    private const string SourceType = "a list of { path: FILE, weight: NUMBER }";

    public static RecipeKey Train { get; } = Sources("data.train",
        "training text: a list of files, folders or patterns (txt, jsonl, json, csv, tsv, parquet, each also .gz), with weight (sampling proportion), column (of the text) and epochs (at most) where wanted",
        "[] (give --data FILE)", r => r.Data.Train, (r, v) => r with { Data = r.Data with { Train = v } }, hasWeights: true);

    public static RecipeKey Validation { get; } = Sources("data.validation", "text held out for validation as a whole, in place of shares of the training text", "[]",
        r => r.Data.Validation, (r, v) => r with { Data = r.Data with { Validation = v } }, hasWeights: false);

    public static RecipeKey Filters { get; } = new(
        "data.filters", $"none, or some of {FilterNames}", "quality filters by rule, as the papers of C4 and Gopher give them", null, [],
        (recipe, node, _) => recipe with { Data = recipe.Data with { Filters = ReadFilters(node) } },
        recipe => recipe.Data.Filters.Count == 0 ? "none" : $"[{string.Join(", ", recipe.Data.Filters)}]");

    private static string FilterNames => string.Join(", ", QualityFilter.All.Select(filter => filter.Name));

    private static RecipeKey Sources(string path, string description, string @default, Func<Recipe, ValueList<DataSource>> get, Func<Recipe, ValueList<DataSource>, Recipe> set, bool hasWeights) => new(
        path, hasWeights ? SourceType : "a list of { path: FILE }", description, @default, [],
        (recipe, node, folder) => set(recipe, ReadSources(node, folder, hasWeights)),
        recipe => $"[{string.Join(", ", get(recipe).Select(source => Show(source, hasWeights)))}]");

    private static string Show(DataSource source, bool hasWeight)
    {
        var parts = new List<string> { $"path: {YamlText.Of(source.Path)}" };
        if (hasWeight) parts.Add($"weight: {YamlText.Of(source.Weight)}");
        if (source.Column != DataSource.DefaultColumn) parts.Add($"column: {YamlText.Of(source.Column)}");
        if (source.Epochs is { } epochs) parts.Add($"epochs: {YamlText.Of(epochs)}");
        return $"{{ {string.Join(", ", parts)} }}";
    }

    private static ValueList<DataSource> ReadSources(YamlNode node, string folder, bool hasWeights) => node switch
    {
        YamlSequenceNode list => ValueList.Create<DataSource>([.. list.Children.Select(item => ReadSource(item, folder, hasWeights))]),
        _ => [ReadSource(node, folder, hasWeights)],
    };

    private static DataSource ReadSource(YamlNode node, string folder, bool hasWeights)
    {
        if (node is YamlScalarNode) return new DataSource(KeyTypes.FullPath(node, folder));
        if (node is not YamlMappingNode mapping) throw RecipeValueException.MustBe(SourceType, YamlValue.Show(node));
        string? path = null;
        var source = new DataSource("");
        foreach (var (name, value) in mapping.Children)
            switch (YamlValue.Text(name))
            {
                case "path":
                    path = KeyTypes.FullPath(value, folder);
                    break;
                case "weight" when hasWeights:
                    source = source with { Weight = YamlValue.Number(value, NumberRange.Positive) };
                    break;
                case "column" or "field":
                    source = source with { Column = YamlValue.Text(value) };
                    break;
                case "epochs" when hasWeights:
                    source = source with { Epochs = YamlValue.Number(value, NumberRange.Positive) };
                    break;
                case var other:
                    throw new RecipeValueException($"has the key '{other}', which is neither path nor {(hasWeights ? "weight, column or epochs" : "column")}");
            }
        return path is null ? throw new RecipeValueException("has an entry without a path") : source with { Path = path };
    }

    private static ValueList<string> ReadFilters(YamlNode node)
    {
        IEnumerable<string> names = node is YamlSequenceNode list
            ? list.Children.Select(YamlValue.Text)
            : YamlValue.Text(node).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var chosen = names.Where(name => name != "none").Distinct().ToArray();
        foreach (var name in chosen)
            if (QualityFilter.Find(name) is null) throw RecipeValueException.MustBe($"none, or some of {FilterNames}", $"'{name}'");
        return ValueList.Create<string>([.. QualityFilter.All.Select(filter => filter.Name).Where(chosen.Contains)]);
    }
}
