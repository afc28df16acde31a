namespace Puna.Text;

/// <summary>
/// Learns a SentencePiece BPE vocabulary: starting from characters, the most frequent pair of neighbours becomes a piece, again and again;
/// of equally frequent pairs the shorter, then the one earlier in code point order. Counts are 64 bits wide. The result depends on nothing but text
/// and options, not on the number of threads. Source: Sennrich et al., «Neural machine translation of rare words with subword units», ACL 2016, section 3.2;
/// google/sentencepiece, src/bpe_model_trainer.cc (behaviour).
/// </summary>
/// <remarks>
/// Because it learns from lines, a line end is in no piece: it encodes to a space under <c>nmt_nfkc</c>, to a byte with byte fallback and to the unknown
/// id otherwise. The same holds for a tabulator. Text that needs its line ends back wants <see cref="BpeTrainerOptions.Llama"/>, or
/// <c>"\n"</c> as a user-defined symbol.
/// </remarks>
public static class SentencePieceBpeTrainer
{
    /// <summary>Trains on lines of text.</summary>
    /// <param name="lines">The text, one sentence or paragraph a line, without line ends: pieces never cross a line. Read once. Lines longer than
    /// <see cref="BpeTrainerOptions.MaxLineBytes"/> are left out, and so are lines that hold U+2585, which marks rare characters.</param>
    /// <param name="options">What to learn.</param>
    /// <param name="progress">Receives the share of merges found, 0 to 1.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <returns>The tokenizer; save it with <see cref="Tokenizer.Save"/>.</returns>
    /// <exception cref="InvalidDataException">The text is empty, or the vocabulary size is too small for the characters and symbols that
    /// must be in it, or larger than the text allows; the sentence gives the limit.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static SentencePieceBpe Train(IEnumerable<string> lines, BpeTrainerOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        var special = SpecialPieces.Make(options);
        TrainedModel.Room(special.Count, 0, options);
        var model = TrainedModel.Describe(options, SentencePieceModelType.Bpe);
        var text = TrainingText.Read(lines, options, model.Normalizer, special.Values.Select(p => p.Text), cancellation);
        var merges = TrainedModel.Room(special.Count, text.Characters.Count, options);
        var found = new BpeMergeFinder(text, new PieceRules(options)).Find(merges, progress, cancellation);
        if (found.Count < merges) throw TrainedModel.TooLarge(special.Count + text.Characters.Count + found.Count, options);
        found.AddRange(text.Characters.Select(c => c.Character.ToString()));
        TrainedModel.Fill(model, special, [.. found.Select((piece, rank) => new SentencePiece(piece, -(float)rank))]);
        return new SentencePieceBpe(model, "trained model");
    }
}
