using Puna.Training;
using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="DataSection"/>.</summary>
internal static class DataKeys
{
    public static RecipeKey[] All() =>
    [
        SourceKeys.Train,
        ListKeys.Split,
        Choice("data.split_by", "whether the shares count contiguous tokens or whole documents", [("tokens", SplitUnit.Tokens), ("documents", SplitUnit.Documents)], r => r.Data.SplitBy, (r, v) => r with { Data = r.Data with { SplitBy = v } }),
        Choice("data.encode", "what is encoded as one string", [("whole", EncodeUnit.Whole), ("documents", EncodeUnit.Documents)], r => r.Data.Encode, (r, v) => r with { Data = r.Data with { Encode = v } }),
        Words("data.document_separator", "what stands between the documents of a file; empty: each file is one", r => r.Data.DocumentSeparator, (r, v) => r with { Data = r.Data with { DocumentSeparator = v } }),
        Whole("data.sequence_length", "tokens in a training window", r => r.Data.SequenceLength, (r, v) => r with { Data = r.Data with { SequenceLength = v } }, 1, null, "sequence_length", "block_size", "max_seq_length", "max_seq_len"),
        Flag("data.document_mask", "whether a token may look only at its own document", r => r.Data.DocumentMask, (r, v) => r with { Data = r.Data with { DocumentMask = v } }),
        Choice("data.evaluation", "how held-out text is scored: disjoint windows, every token", [("windows", EvaluationMode.Windows)], r => r.Data.Evaluation, (r, v) => r with { Data = r.Data with { Evaluation = v } }),
        SourceKeys.Validation,
        Path("data.shards", "folder where tokenised shards are kept and found again; given, the data are streamed from there", r => r.Data.Shards, (r, v) => r with { Data = r.Data with { Shards = v } }),
        Choice("data.deduplicate", "which repeated documents are removed: equal ones, or nearly equal ones too", [("none", Deduplication.None), ("exact", Deduplication.Exact), ("near", Deduplication.Near)], r => r.Data.Deduplicate, (r, v) => r with { Data = r.Data with { Deduplicate = v } }),
        Number("data.near_duplicate_threshold", "Jaccard similarity of five-word shingles from which on two documents are nearly equal", r => r.Data.NearDuplicateThreshold, (r, v) => r with { Data = r.Data with { NearDuplicateThreshold = v } }, NumberRange.PositiveShare),
        SourceKeys.Filters,
        Whole("data.held_out_tokens", "with so many tokens the validation and the test part of a streamed source are full", r => r.Data.HeldOutTokens, (r, v) => r with { Data = r.Data with { HeldOutTokens = v } }, 1),
    ];
}
