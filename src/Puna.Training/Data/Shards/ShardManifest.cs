using System.Text.Json;
using System.Text.Json.Serialization;

namespace Puna.Training;

/// <summary>The parts that documents are put into.</summary>
public enum DataPart
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Picks the best checkpoint.</summary>
    Validation,

    /// <summary>Scored once at the end.</summary>
    Test,
}

/// <summary>One part of a source.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="Tokens">Tokens, special ones included.</param>
/// <param name="Bytes">UTF-8 bytes of text.</param>
/// <param name="Shards">Names of the files, in order.</param>
public sealed record ShardPart(long Documents, long Tokens, long Bytes, IReadOnlyList<string> Shards);

/// <summary>What became of one source.</summary>
/// <param name="Name">The path as the recipe gives it, its last part.</param>
/// <param name="Files">Its files.</param>
/// <param name="DocumentsRead">Documents before anything was removed.</param>
/// <param name="Removed">Documents removed, by reason; zeros included.</param>
/// <param name="Parts">By part, those that hold something.</param>
public sealed record ShardSourceSummary(string Name, int Files, long DocumentsRead, IReadOnlyDictionary<string, long> Removed, IReadOnlyDictionary<string, ShardPart> Parts)
{
    /// <summary>A part; one without anything where there is none.</summary>
    public ShardPart Part(DataPart part) => Parts.GetValueOrDefault(PartName(part)) ?? new ShardPart(0, 0, 0, []);

    /// <summary>How the file spells a part: train, validation, test.</summary>
    public static string PartName(DataPart part) => part.ToString().ToLowerInvariant();
}

/// <summary>The file <c>shards.json</c> of a folder of shards (docs/data.md).</summary>
/// <param name="Format">Always <c>puna-shards</c>.</param>
/// <param name="Version">Of the format.</param>
/// <param name="Tokenizer">Fingerprint in hexadecimal.</param>
/// <param name="VocabularySize">Ids of the tokenizer.</param>
/// <param name="Settings">What the shards depend on: two folders with equal settings and tokenizer hold the same bytes.</param>
/// <param name="Sources">In the order of the recipe.</param>
public sealed record ShardManifest(string Format, int Version, string Tokenizer, int VocabularySize, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<ShardSourceSummary> Sources)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "shards.json";

    internal const string FormatName = "puna-shards";

    private static readonly ShardJson Json = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });

    /// <summary>All of a part over the sources.</summary>
    public ShardPart Total(DataPart part)
    {
        var parts = Sources.Select(source => source.Part(part)).ToArray();
        return new ShardPart(parts.Sum(one => one.Documents), parts.Sum(one => one.Tokens), parts.Sum(one => one.Bytes), [.. parts.SelectMany(one => one.Shards)]);
    }

    /// <summary>The JSON of the file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json.ShardManifest) + "\n";

    /// <summary>Reads the file of a folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged or of another version.</exception>
    public static ShardManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder}: the folder holds no shards ({FileName} is missing); write them with puna data prepare");
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllText(path), Json.ShardManifest);
            if (manifest is not { Format: FormatName, Tokenizer: not null, Settings: not null, Sources: not null } || manifest.Sources.Any(source => source is null || source.Parts is null || source.Removed is null))
                throw new InvalidDataException($"{path}: the file does not describe shards");
            if (manifest.Version != ShardHeader.Version) throw new InvalidDataException($"{path}: the shards have version {manifest.Version} of the format; this build reads version {ShardHeader.Version}");
            return manifest;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: the file is damaged ({exception.Message}); prepare the data again (puna data prepare --overwrite)", exception);
        }
    }
}

[JsonSerializable(typeof(ShardManifest))]
internal sealed partial class ShardJson : JsonSerializerContext;
