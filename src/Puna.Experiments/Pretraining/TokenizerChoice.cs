using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Models;
using Puna.Text;

namespace Puna.Experiments.Pretraining;

/// <summary>The tokenizer that a recipe asks for: one from a file, or one trained on the text.</summary>
internal static class TokenizerChoice
{
    public static Tokenizer Make(TokenizerSection section, string text, IRunDisplay display, CancellationToken cancellation)
    {
        if (section.Path is { } path) return TokenizerPath.Load(path);
        if (section.Type == TokenizerType.Char) return CharacterTokenizerTrainer.Train(text);
        var options = new BpeTrainerOptions
        {
            VocabularySize = section.VocabSize ?? TokenizerSection.DefaultVocabSize,
            ByteFallback = section.ByteFallback,
            SplitDigits = section.SplitDigits,
            Normalization = section.Normalization == TextNormalization.Identity ? "identity" : "nmt_nfkc",
            AddDummyPrefix = section.AddDummyPrefix,
            RemoveExtraWhitespaces = section.RemoveExtraWhitespaces,
            CharacterCoverage = (float)section.CharacterCoverage,
            AllowWhitespaceOnlyPieces = section.AllowWhitespaceOnlyPieces,
            WhenDropped = dropped => display.Say(DroppedNote.Of(dropped)),
        };
        var lines = text.Split('\n');
        return section.Type == TokenizerType.Unigram ? SentencePieceUnigramTrainer.Train(lines, options, new Progress(display), cancellation) : SentencePieceBpeTrainer.Train(lines, options, new Progress(display), cancellation);
    }

    private sealed class Progress(IRunDisplay display) : IProgress<double>
    {
        public void Report(double value) => display.Progress(value);
    }
}
