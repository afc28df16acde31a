using Puna.Training;

namespace Puna.Experiments.Recipes;

/// <summary>One source of the training data.</summary>
/// <param name="Path">A file, a folder or a pattern of files.</param>
/// <param name="Weight">Sampling proportion. Proportions sum to 1; where all are left at 1, every source is seen equally often.</param>
public sealed record DataSource(string Path, double Weight = 1.0)
{
    /// <summary>The column or field that holds text unless a source names another.</summary>
    public const string DefaultColumn = "text";

    /// <summary>The field of JSON or the column of a table that holds the text.</summary>
    public string Column { get; init; } = DefaultColumn;

    /// <summary>The most often that a run may see the source; null for any number.</summary>
    public double? Epochs { get; init; }
}

/// <summary>Shares of the data; they sum to 1.</summary>
/// <param name="Train">Share trained on.</param>
/// <param name="Validation">Share that picks the best checkpoint and the bigram's smoothing.</param>
/// <param name="Test">Share scored once at the end; 0 means none.</param>
public readonly record struct DataSplit(double Train, double Validation, double Test);

/// <summary>What the shares of a split count.</summary>
public enum SplitUnit
{
    /// <summary>Contiguous stretches of the token stream.</summary>
    Tokens,

    /// <summary>Whole documents.</summary>
    Documents,
}

/// <summary>What is encoded as one string.</summary>
public enum EncodeUnit
{
    /// <summary>The whole text.</summary>
    Whole,

    /// <summary>Each document by itself.</summary>
    Documents,
}

/// <summary>How held-out text is scored.</summary>
public enum EvaluationMode
{
    /// <summary>Disjoint windows of the training length, every token scored.</summary>
    Windows,
}

/// <summary>The text of a run and how it becomes windows of tokens.</summary>
public sealed record DataSection
{
    /// <summary>Training text; empty in a recipe that waits for <c>--data</c>.</summary>
    public ValueList<DataSource> Train { get; init; } = [];

    /// <summary>Shares for training, validation and test.</summary>
    public DataSplit Split { get; init; } = new(0.9, 0.1, 0);

    /// <summary>Whether the shares count tokens or documents.</summary>
    public SplitUnit SplitBy { get; init; } = SplitUnit.Tokens;

    /// <summary>What is encoded as one string.</summary>
    public EncodeUnit Encode { get; init; } = EncodeUnit.Whole;

    /// <summary>What stands between the documents of a file; empty means that each file is one document.</summary>
    public string DocumentSeparator { get; init; } = "\n\n";

    /// <summary>Tokens in a training window.</summary>
    public int SequenceLength { get; init; } = 128;

    /// <summary>Whether a token may look only at its own document.</summary>
    public bool DocumentMask { get; init; }

    /// <summary>How held-out text is scored.</summary>
    public EvaluationMode Evaluation { get; init; } = EvaluationMode.Windows;

    /// <summary>Sources that are held out for validation as a whole, in place of shares of the training data.</summary>
    public ValueList<DataSource> Validation { get; init; } = [];

    /// <summary>Where tokenised shards are kept and found again; null for the run folder, where the data are streamed at all.</summary>
    public string? Shards { get; init; }

    /// <summary>Which repeated documents are removed.</summary>
    public Deduplication Deduplicate { get; init; } = Deduplication.None;

    /// <summary>Similarity of five-word shingles from which on two documents are nearly equal.</summary>
    public double NearDuplicateThreshold { get; init; } = 0.8;

    /// <summary>Names of quality filters.</summary>
    public ValueList<string> Filters { get; init; } = [];

    /// <summary>With so many tokens the validation and the test part of a source are full.</summary>
    public int HeldOutTokens { get; init; } = 1 << 20;
}
