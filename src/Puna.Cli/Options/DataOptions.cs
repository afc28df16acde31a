using System.CommandLine;
using System.Text.Json;
using Puna.Experiments.Recipes;

namespace Puna.Cli.Options;

/// <summary>Options about the data, each standing for a key of the recipe.</summary>
internal sealed class DataOptions
{
    private readonly (Option<string?> Option, string Key)[] _options =
    [
        (Make("--tokenizer", "A tokenizer or model folder to load instead of training one (tokenizer.path)", "PATH"), "tokenizer.path"),
        (Make("--vocab-size", "Pieces of the vocabulary to train (tokenizer.vocab_size)", "N"), "tokenizer.vocab_size"),
        (Make("--deduplicate", "Which repeated documents are removed (data.deduplicate)", "none|exact|near"), "data.deduplicate"),
        (Make("--near-duplicate-threshold", "Similarity from which on two documents are nearly equal (data.near_duplicate_threshold)", "SHARE"), "data.near_duplicate_threshold"),
        (Make("--filters", "Quality filters, separated by commas (data.filters): c4, gopher-quality, gopher-repetition", "NAMES"), "data.filters"),
    ];

    /// <summary>The column of the text in every source that names none.</summary>
    public static Option<string?> Column() => new("--column", "--field") { Description = "The column or JSON field that holds the text (default text)", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        foreach (var (option, _) in _options) command.Options.Add(option);
    }

    /// <summary>As settings <c>key=value</c>.</summary>
    public IEnumerable<string> Settings(ParseResult parsed)
    {
        foreach (var (option, key) in _options)
            if (parsed.GetValue(option) is { } value) yield return $"{key}={(key == "tokenizer.path" ? $"\"{JsonEncodedText.Encode(value)}\"" : value)}";
    }

    /// <summary>The recipe with the column in its sources.</summary>
    public static Recipe WithColumn(Recipe recipe, string? column) => column is null ? recipe : recipe with
    {
        Data = recipe.Data with { Train = InColumn(recipe.Data.Train, column), Validation = InColumn(recipe.Data.Validation, column) },
    };

    private static ValueList<DataSource> InColumn(ValueList<DataSource> sources, string column) =>
        ValueList.Create<DataSource>([.. sources.Select(source => source.Column == DataSource.DefaultColumn ? source with { Column = column } : source)]);

    private static Option<string?> Make(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };
}
