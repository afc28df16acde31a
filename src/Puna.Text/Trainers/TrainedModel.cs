namespace Puna.Text;

/// <summary>What the trainers of SentencePiece vocabularies share: the model around the pieces that were found.</summary>
internal static class TrainedModel
{
    /// <summary>A model that says how it is trained, without pieces.</summary>
    public static SentencePieceModel Describe(BpeTrainerOptions options, SentencePieceModelType type)
    {
        var model = new SentencePieceModel();
        var trainer = model.Trainer;
        trainer.ModelType = type;
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
        return model;
    }

    /// <summary>How many pieces are left to be found, single characters not counted; refuses a vocabulary that has no room even for what must be in it.</summary>
    /// <param name="special">Special pieces.</param>
    /// <param name="characters">Characters that must be pieces; 0 before the text is read.</param>
    /// <param name="options">With the size that was asked for.</param>
    public static int Room(int special, int characters, BpeTrainerOptions options)
    {
        var bytes = options.ByteFallback ? " (256 bytes among them)" : "";
        if (options.VocabularySize <= special)
            throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too small: the special pieces alone are {special}{bytes}, and the text's characters come on top.");
        if (options.VocabularySize < special + characters)
            throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too small: the text has {characters} required characters and there are {special} special pieces{bytes}; take at least {special + characters}, or lower the character coverage.");
        return options.VocabularySize - special - characters;
    }

    /// <summary>The sentence about a vocabulary that the text does not fill.</summary>
    public static InvalidDataException TooLarge(int possible, BpeTrainerOptions options) =>
        new($"A vocabulary of {options.VocabularySize} is too large for this text: the largest possible is {possible}; take that, or more text.");

    /// <summary>Puts special pieces at their ids and the others, in their order, between and behind them.</summary>
    public static void Fill(SentencePieceModel model, SortedDictionary<int, SentencePiece> special, IReadOnlyList<SentencePiece> found)
    {
        var next = 0;
        for (var id = 0; id < special.Count + found.Count; id++) model.Pieces.Add(special.TryGetValue(id, out var piece) ? piece : found[next++]);
    }
}
