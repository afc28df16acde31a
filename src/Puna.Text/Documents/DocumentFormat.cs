namespace Puna.Text;

/// <summary>What kind of file documents are read from.</summary>
public enum DocumentFormat
{
    /// <summary>Plain text (<c>.txt</c>, <c>.text</c>, <c>.md</c> and every name without a known ending), documents separated by a string.</summary>
    Text,

    /// <summary>A JSON value a line (<c>.jsonl</c>, <c>.ndjson</c>).</summary>
    JsonLines,

    /// <summary>An array of values, or values one after the other (<c>.json</c>).</summary>
    Json,

    /// <summary>Comma-separated values with a header row (<c>.csv</c>).</summary>
    Csv,

    /// <summary>Tab-separated values with a header row (<c>.tsv</c>).</summary>
    Tsv,

    /// <summary>Apache Parquet (<c>.parquet</c>).</summary>
    Parquet,
}

/// <summary>How documents lie in their files.</summary>
/// <param name="Column">The field of a JSON object or the column of a table that holds the text.</param>
/// <param name="Separator">What stands between the documents of a plain text; empty where each file is one.</param>
public sealed record DocumentOptions(string Column = "text", string Separator = "\n\n")
{
    /// <summary>The most characters that one document may have: what a reader holds in memory is bounded by it.</summary>
    public const int MaximumCharacters = 1 << 26;
}

/// <summary>Tells the format from the name of a file.</summary>
public static class DocumentFormats
{
    private static readonly Dictionary<string, DocumentFormat> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = DocumentFormat.Text,
        [".text"] = DocumentFormat.Text,
        [".md"] = DocumentFormat.Text,
        [".jsonl"] = DocumentFormat.JsonLines,
        [".ndjson"] = DocumentFormat.JsonLines,
        [".json"] = DocumentFormat.Json,
        [".csv"] = DocumentFormat.Csv,
        [".tsv"] = DocumentFormat.Tsv,
        [".parquet"] = DocumentFormat.Parquet,
    };

    /// <summary>The endings that a folder is searched for; each may be followed by <c>.gz</c>.</summary>
    public static IReadOnlyCollection<string> Known => Endings.Keys;

    /// <summary>Whether the file is compressed with gzip, by its name.</summary>
    public static bool IsCompressed(string path) => Path.GetExtension(path).Equals(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>The format; plain text where the ending says nothing.</summary>
    public static DocumentFormat Of(string path) => Find(path) ?? DocumentFormat.Text;

    /// <summary>The format, or null where the ending is none of <see cref="Known"/>.</summary>
    public static DocumentFormat? Find(string path) =>
        Endings.TryGetValue(Path.GetExtension(IsCompressed(path) ? path[..^3] : path), out var format) ? format : null;
}
