using System.Text;

namespace Puna.Text;

/// <summary>
/// Learns a SentencePiece unigram vocabulary: from many strings that repeat in the text, the model's probabilities are estimated in turn with dropping a quarter of the pieces, those
/// without which the text becomes least improbable, until the size is reached. Counts are 64 bits wide. The result depends on nothing but text and options, not on the number of
/// threads. Source: Kudo, «Subword regularization», ACL 2018, section 3.2; google/sentencepiece, src/unigram_model_trainer.cc (behaviour).
/// </summary>
/// <remarks>What <see cref="SentencePieceBpeTrainer"/> says of line ends holds here too.</remarks>
public static class SentencePieceUnigramTrainer
{
    private const int MostSeeds = 1_000_000, RoundsBetweenPruning = 2, MemoryPerSeed = 256;
    private const double WantedOverSize = 1.1, StepBetweenRareCharacters = 0.0001;

    /// <summary>Trains on lines of text.</summary>
    /// <param name="lines">The text as for <see cref="SentencePieceBpeTrainer.Train"/>.</param>
    /// <param name="options">What to learn.</param>
    /// <param name="progress">Receives the share of the way from the seeds to the vocabulary, 0 to 1.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <returns>The tokenizer; save it with <see cref="Tokenizer.Save"/>.</returns>
    /// <exception cref="InvalidDataException">The text is empty, or the vocabulary size is too small for the characters and symbols that
    /// must be in it, or larger than the text allows; the sentence gives the limit.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static SentencePieceUnigram Train(IEnumerable<string> lines, BpeTrainerOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        var special = SpecialPieces.Make(options);
        TrainedModel.Room(special.Count, 0, options);
        var model = TrainedModel.Describe(options, SentencePieceModelType.Unigram);
        var text = TrainingText.Read(lines, options, model.Normalizer, special.Values.Select(p => p.Text), cancellation);
        TrainedModel.Room(special.Count, text.Characters.Count, options);
        var size = options.VocabularySize - special.Count;
        var seeds = new UnigramSeeds(text, options, (int)Math.Min(MostSeeds, options.MemoryBytes / MemoryPerSeed), cancellation);
        var estimator = new UnigramEstimator(seeds, text.Words, options, cancellation);
        Shrink(estimator, (int)(options.VocabularySize * WantedOverSize), progress);
        var found = Choose(estimator, text, size);
        if (found.Count < size) throw TrainedModel.TooLarge(special.Count + found.Count, options);
        TrainedModel.Fill(model, special, found);
        progress?.Report(1);
        return new SentencePieceUnigram(model, "trained model");
    }

    private static void Shrink(UnigramEstimator estimator, int wanted, IProgress<double>? progress)
    {
        var way = Math.Log((double)Math.Max(estimator.Count, 1) / wanted);
        while (true)
        {
            for (var round = 0; round < RoundsBetweenPruning; round++) estimator.Improve();
            var count = estimator.Count;
            if (count <= wanted || !estimator.Prune(wanted)) return;
            progress?.Report(Math.Clamp(1 - (Math.Log((double)count / wanted) / way), 0, 1));
        }
    }

    // The text's characters must be there, whatever their scores; then the most probable pieces.
    private static List<SentencePiece> Choose(UnigramEstimator estimator, TrainingText text, int size)
    {
        var pieces = estimator.Pieces().ToArray();
        var single = pieces.Where(piece => piece.CodePoints.Length == 1).ToDictionary(piece => piece.CodePoints[0], piece => piece.Score);
        var chosen = new List<(int[] CodePoints, double Score)>();
        var missing = 0;
        foreach (var (character, _) in text.Characters)
            chosen.Add(([character.Value], single.TryGetValue(character.Value, out var score) ? score : estimator.LeastScore + (StepBetweenRareCharacters * missing++)));
        var required = text.Characters.Select(character => character.Character.Value).ToHashSet();
        chosen.AddRange(pieces.Where(piece => piece.CodePoints.Length > 1 || !required.Contains(piece.CodePoints[0])).OrderByDescending(piece => piece.Score).Take(size - chosen.Count));
        chosen.Sort((one, other) => one.Score != other.Score ? other.Score.CompareTo(one.Score) : one.CodePoints.AsSpan().SequenceCompareTo(other.CodePoints));
        return [.. chosen.Select(piece => new SentencePiece(string.Concat(piece.CodePoints.Select(c => new Rune(c))), (float)piece.Score))];
    }
}
