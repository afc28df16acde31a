using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="DataSection"/>.</summary>
internal static class DataKeys
{
    public static RecipeKey[] All() =>
    [
        ListKeys.Train,
        ListKeys.Split,
        Choice("data.split_by", "whether the shares count contiguous tokens or whole documents", [("tokens", SplitUnit.Tokens), ("documents", SplitUnit.Documents)], r => r.Data.SplitBy, (r, v) => r with { Data = r.Data with { SplitBy = v } }),
        Choice("data.encode", "what is encoded as one string", [("whole", EncodeUnit.Whole), ("documents", EncodeUnit.Documents)], r => r.Data.Encode, (r, v) => r with { Data = r.Data with { Encode = v } }),
        Words("data.document_separator", "what stands between the documents of a file; empty: each file is one", r => r.Data.DocumentSeparator, (r, v) => r with { Data = r.Data with { DocumentSeparator = v } }),
        Whole("data.sequence_length", "tokens in a training window", r => r.Data.SequenceLength, (r, v) => r with { Data = r.Data with { SequenceLength = v } }, 1, null, "sequence_length", "block_size", "max_seq_length", "max_seq_len"),
        Flag("data.document_mask", "whether a token may look only at its own document", r => r.Data.DocumentMask, (r, v) => r with { Data = r.Data with { DocumentMask = v } }),
        Choice("data.evaluation", "how held-out text is scored: disjoint windows, every token", [("windows", EvaluationMode.Windows)], r => r.Data.Evaluation, (r, v) => r with { Data = r.Data with { Evaluation = v } }),
    ];
}
