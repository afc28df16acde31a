namespace Puna.Text;

/// <summary>
/// Learns a SentencePiece BPE vocabulary: starting from characters, the most frequent pair of neighbours becomes a piece, again and again;
/// of equally frequent pairs the shorter, then the one earlier in code point order. Counts are 64 bits wide. The result depends on nothing but text
/// and options. Source: Sennrich et al., «Neural machine translation of rare words with subword units», ACL 2016, section 3.2;
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
        CheckRoom(special.Count, options);
        var model = new SentencePieceModel();
        Describe(model, options);
        var text = TrainingText.Read(lines, options, model.Normalizer, special.Values.Select(p => p.Text), cancellation);
        var merges = options.VocabularySize - special.Count - text.Characters.Count;
        if (merges < 0)
            throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too small: the text has {text.Characters.Count} required characters and there are {special.Count} special pieces{(options.ByteFallback ? " (256 bytes among them)" : "")}; take at least {special.Count + text.Characters.Count}, or lower the character coverage.");
        var found = new BpeMergeFinder(text, new PieceRules(options)).Find(merges, progress, cancellation);
        if (found.Count < merges)
            throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too large for this text: the largest possible is {special.Count + text.Characters.Count + found.Count}; take that, or more text.");
        found.AddRange(text.Characters.Select(c => c.Character.ToString()));
        Fill(model, special, found);
        return new SentencePieceBpe(model, "trained model");
    }

    private static void CheckRoom(int special, BpeTrainerOptions options)
    {
        if (options.VocabularySize <= special)
            throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too small: the special pieces alone are {special}{(options.ByteFallback ? " (256 bytes among them)" : "")}, and the text's characters come on top.");
    }

    private static void Fill(SentencePieceModel model, SortedDictionary<int, SentencePiece> special, List<string> found)
    {
        var next = 0;
        for (var id = 0; id < special.Count + found.Count; id++)
        {
            if (special.TryGetValue(id, out var piece)) model.Pieces.Add(piece);
            else
            {
                model.Pieces.Add(new SentencePiece(found[next], -(float)next));
                next++;
            }
        }
    }

    private static void Describe(SentencePieceModel model, BpeTrainerOptions options)
    {
        var trainer = model.Trainer;
        trainer.ModelType = SentencePieceModelType.Bpe;
        trainer.VocabularySize = options.VocabularySize;
        trainer.CharacterCoverage = options.CharacterCoverage;
        trainer.MaxPieceLength = options.MaxPieceLength;
        trainer.SplitByUnicodeScript = options.SplitByUnicodeScript;
        trainer.SplitByWhitespace = options.SplitByWhitespace;
        trainer.SplitByNumber = options.SplitByNumber;
        trainer.TreatWhitespaceAsSuffix = options.TreatWhitespaceAsSuffix;
        trainer.SplitDigits = options.SplitDigits;
        trainer.AllowWhitespaceOnlyPieces = options.AllowWhitespaceOnlyPieces;
        trainer.ControlSymbols = options.ControlSymbols;
        trainer.UserDefinedSymbols = options.UserDefinedSymbols;
        trainer.ByteFallback = options.ByteFallback;
        (trainer.UnknownId, trainer.BosId, trainer.EosId, trainer.PadId) = (options.UnknownId, options.BosId, options.EosId, options.PadId);
        var normalizer = model.Normalizer;
        normalizer.Name = options.Normalization;
        normalizer.CharsMap = options.Normalization == "nmt_nfkc" ? NmtNfkc.CharsMap : [];
        normalizer.AddDummyPrefix = options.AddDummyPrefix;
        normalizer.RemoveExtraWhitespaces = options.RemoveExtraWhitespaces;
        normalizer.EscapeWhitespaces = true;
    }
}
