using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="TokenizerSection"/>.</summary>
internal static class TokenizerKeys
{
    public static RecipeKey[] All() =>
    [
        Path("tokenizer.path", "a tokenizer file or model folder to load instead of training one", r => r.Tokenizer.Path, (r, v) => r with { Tokenizer = r.Tokenizer with { Path = v } }, "tokenizer_path"),
        Choice("tokenizer.type", "the algorithm", [("bpe", TokenizerType.Bpe), ("unigram", TokenizerType.Unigram), ("char", TokenizerType.Char)], r => r.Tokenizer.Type, (r, v) => r with { Tokenizer = r.Tokenizer with { Type = v } }),
        Whole("tokenizer.vocab_size", "pieces of a BPE or unigram vocabulary, special ones included", r => r.Tokenizer.VocabSize, (r, v) => r with { Tokenizer = r.Tokenizer with { VocabSize = v } }, 2, null, "vocab_size"),
        Flag("tokenizer.byte_fallback", "whether unknown characters become byte pieces", r => r.Tokenizer.ByteFallback, (r, v) => r with { Tokenizer = r.Tokenizer with { ByteFallback = v } }),
        Flag("tokenizer.split_digits", "whether every digit is a token of its own", r => r.Tokenizer.SplitDigits, (r, v) => r with { Tokenizer = r.Tokenizer with { SplitDigits = v } }),
        Choice("tokenizer.normalization", "what happens to text before it is encoded", [("identity", TextNormalization.Identity), ("nmt_nfkc", TextNormalization.NmtNfkc)], r => r.Tokenizer.Normalization, (r, v) => r with { Tokenizer = r.Tokenizer with { Normalization = v } }),
        Flag("tokenizer.add_dummy_prefix", "whether a space is put before the text", r => r.Tokenizer.AddDummyPrefix, (r, v) => r with { Tokenizer = r.Tokenizer with { AddDummyPrefix = v } }),
        Flag("tokenizer.remove_extra_whitespaces", "whether runs of spaces become one and outer spaces go", r => r.Tokenizer.RemoveExtraWhitespaces, (r, v) => r with { Tokenizer = r.Tokenizer with { RemoveExtraWhitespaces = v } }),
        Number("tokenizer.character_coverage", "share of the text's characters that get a piece", r => r.Tokenizer.CharacterCoverage, (r, v) => r with { Tokenizer = r.Tokenizer with { CharacterCoverage = v } }, NumberRange.PositiveShare),
        Flag("tokenizer.allow_whitespace_only_pieces", "whether a piece may be nothing but spaces", r => r.Tokenizer.AllowWhitespaceOnlyPieces, (r, v) => r with { Tokenizer = r.Tokenizer with { AllowWhitespaceOnlyPieces = v } }),
    ];
}
