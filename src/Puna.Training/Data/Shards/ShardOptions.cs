using Puna.Text;

namespace Puna.Training;

/// <summary>Which repeated documents are removed.</summary>
public enum Deduplication
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those that are equal character for character.</summary>
    Exact,

    /// <summary>Those too that are nearly equal (<see cref="NearDuplicates"/>).</summary>
    Near,
}

/// <summary>Documents to tokenise.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Files">Its files, in order.</param>
/// <param name="Options">Where in the files the text is.</param>
public sealed record ShardSource(string Name, IReadOnlyList<string> Files, DocumentOptions Options)
{
    /// <summary>The part that all its documents go to; null divides them by the shares.</summary>
    public DataPart? Part { get; init; }
}

/// <summary>How documents become shards.</summary>
public sealed record ShardOptions
{
    /// <summary>Filters, in the order in which they are applied.</summary>
    public IReadOnlyList<QualityFilter> Filters { get; init; } = [];

    /// <summary>Which repeated documents are removed; the first one stays.</summary>
    public Deduplication Deduplication { get; init; }

    /// <summary>Similarity from which on two documents are nearly equal.</summary>
    public double NearDuplicateThreshold { get; init; } = 0.8;

    /// <summary>Share of the documents for validation.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Share of the documents for the test.</summary>
    public double TestShare { get; init; }

    /// <summary>With so many tokens the validation and the test part of a source are full; what would follow is trained on.</summary>
    public long HeldOutTokens { get; init; } = 1 << 20;

    /// <summary>A shard is closed once it has so many tokens.</summary>
    public long ShardTokens { get; init; } = 1 << 26;

    /// <summary>Threads that filter, compare and tokenise; the shards do not depend on it.</summary>
    public int Threads { get; init; } = 1;
}
