using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Puna.Hub;

/// <summary>A model's card: what <c>README.md</c> says of it, with the metadata that a hub reads (hub-docs, modelcard.md). Fields that are not known are left out.</summary>
/// <param name="Name">The model on the hub.</param>
public sealed record ModelCard(string Name)
{
    /// <summary>By this line a card is known as one that may be written anew.</summary>
    public const string Mark = "<!-- Written by puna push. Without this line it is kept as it is. -->";

    /// <summary>One paragraph about the model.</summary>
    public string About { get; init; } = "";

    /// <summary>Hugging Face's short name of its licence; null where none is stated.</summary>
    public string? Licence { get; init; }

    /// <summary>The model it was made from; null where it began with chance.</summary>
    public string? Base { get; init; }

    /// <summary>The data it learned from: names of files, data sets or repositories.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>The recipe of its training as YAML; null where it is not known.</summary>
    public string? Arguments { get; init; }

    /// <summary>Its scores by name.</summary>
    public IReadOnlyList<(string Name, double Value)> Scores { get; init; } = [];

    /// <summary>Further tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Checks a licence's name as the hub spells them.</summary>
    /// <exception cref="InvalidDataException">It cannot be one.</exception>
    public static string RequireLicence(string id) => id.Length is > 0 and <= 64 && id.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.')
        ? id : throw new InvalidDataException($"--licence {HubText.Clean(id, 80)}: use the hub's short name of a licence, as in mit, apache-2.0, cc-by-4.0 or other");

    /// <summary>The card as Markdown with its metadata before it.</summary>
    public string Write()
    {
        var text = new StringBuilder("---\n");
        if (Licence is { } licence) text.Append("license: ").Append(Quoted(licence)).Append('\n');
        if (Base is { } model && IsRepository(model)) text.Append("base_model: ").Append(Quoted(model)).Append('\n');
        List(text, "datasets", Data.Where(IsRepository));
        text.Append("library_name: puna\npipeline_tag: text-generation\n");
        List(text, "tags", ["puna", .. Tags]);
        text.Append("---\n").Append(Mark).Append("\n\n# ").Append(Name).Append("\n\n");
        text.Append(About.Length > 0 ? About : "A language model.").Append(" Trained with Puna; its files can be given to `puna chat --model`.\n\n");
        text.Append("## Base\n\n").Append(Base is null ? "None: it began with random weights." : $"`{Inline(Base)}`").Append("\n\n");
        text.Append("## Data\n\n");
        if (Data.Count == 0) text.Append("Not stated.\n");
        foreach (var data in Data) text.Append("- `").Append(Inline(data)).Append("`\n");
        text.Append("\n## Licence\n\n").Append(Licence is null ? "Not stated." : $"`{Inline(Licence)}`").Append("\n\n## Arguments\n\n");
        if (Arguments is null) text.Append("Not recorded.\n");
        else text.Append("The recipe of the training, every value resolved:\n\n````yaml\n").Append(Arguments.Replace("````", "", StringComparison.Ordinal).TrimEnd('\n')).Append("\n````\n");
        text.Append("\n## Scores\n\n");
        if (Scores.Count == 0) return text.Append("Not recorded.\n").ToString();
        text.Append("| score | value |\n|---|---|\n");
        foreach (var (name, value) in Scores) text.Append("| ").Append(Inline(name)).Append(" | ").Append(value.ToString("G6", CultureInfo.InvariantCulture)).Append(" |\n");
        return text.ToString();
    }

    private static void List(StringBuilder text, string key, IEnumerable<string> values)
    {
        var first = true;
        foreach (var value in values.Distinct())
        {
            if (first) text.Append(key).Append(":\n");
            text.Append("- ").Append(Quoted(value)).Append('\n');
            first = false;
        }
    }

    private static bool IsRepository(string name)
    {
        try
        {
            return ModelName.Parse(name).Owner is not null && !File.Exists(name);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    // A JSON text is a YAML text in double quotes.
    private static string Quoted(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.Default)}\"";

    private static string Inline(string text) => HubText.Clean(text).Replace("`", "'", StringComparison.Ordinal).Replace("|", "/", StringComparison.Ordinal);
}
