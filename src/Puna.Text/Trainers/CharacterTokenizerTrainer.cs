using System.Text;

namespace Puna.Text;

/// <summary>
/// Makes a tokenizer whose pieces are the characters of a text, stored as a SentencePiece model of type 4 that other programs load: text is taken as
/// it is, no space is added or removed, a line end is a piece. A space is written as U+2581, so U+2581 itself decodes to a space.
/// </summary>
public static class CharacterTokenizerTrainer
{
    /// <summary>Makes the vocabulary of one text.</summary>
    /// <param name="text">The training text.</param>
    /// <param name="options">Special symbols; null for the default.</param>
    /// <exception cref="InvalidDataException">The text is empty, or a symbol is given twice.</exception>
    public static SentencePieceCharacters Train(string text, CharacterTrainerOptions? options = null) => Train([text], options);

    /// <summary>Makes the vocabulary of several texts.</summary>
    /// <param name="texts">The training texts, read once.</param>
    /// <param name="options">Special symbols; null for the default.</param>
    /// <returns>The tokenizer; save it with <see cref="Tokenizer.Save"/>.</returns>
    /// <exception cref="InvalidDataException">The texts are empty, or a symbol is given twice.</exception>
    public static SentencePieceCharacters Train(IEnumerable<string> texts, CharacterTrainerOptions? options = null)
    {
        options ??= new CharacterTrainerOptions();
        var counts = new Dictionary<Rune, long>();
        foreach (var text in texts)
            foreach (var c in text.EnumerateRunes())
                if (c.Value != 0) counts[c] = counts.GetValueOrDefault(c) + 1;
        counts.Remove(new Rune(' '), out var spaces);
        if (spaces > 0) counts[new Rune(TextNormalizer.Space)] = counts.GetValueOrDefault(new Rune(TextNormalizer.Space)) + spaces;
        if (counts.Count == 0) throw new InvalidDataException("The training text has no characters; give a file that holds text.");

        var described = new BpeTrainerOptions
        {
            BosId = options.BeginAndEnd ? 1 : -1,
            EosId = options.BeginAndEnd ? 2 : -1,
            ControlSymbols = options.ControlSymbols,
            UserDefinedSymbols = options.UserDefinedSymbols,
        };
        described.Check();
        var model = new SentencePieceModel();
        model.Pieces.AddRange(SpecialPieces.Make(described).Values);
        var given = model.Pieces.Select(p => p.Text).ToHashSet(StringComparer.Ordinal);
        var total = Math.Log(counts.Values.Sum());
        foreach (var (character, count) in counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key))
            if (!given.Contains(character.ToString())) model.Pieces.Add(new SentencePiece(character.ToString(), (float)(Math.Log(count) - total)));

        var trainer = model.Trainer;
        trainer.ModelType = SentencePieceModelType.Character;
        trainer.VocabularySize = model.Pieces.Count;
        trainer.CharacterCoverage = 1;
        trainer.ControlSymbols = options.ControlSymbols;
        trainer.UserDefinedSymbols = options.UserDefinedSymbols;
        (trainer.BosId, trainer.EosId) = (described.BosId, described.EosId);
        model.Normalizer.Name = "identity";
        model.Normalizer.AddDummyPrefix = false;
        model.Normalizer.RemoveExtraWhitespaces = false;
        model.Normalizer.EscapeWhitespaces = true;
        return new SentencePieceCharacters(model, "trained model");
    }
}
