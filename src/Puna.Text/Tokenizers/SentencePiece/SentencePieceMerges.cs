namespace Puna.Text;

/// <summary>A SentencePiece model as merges by rank, which is how tokenizer.json and <see cref="ByteFallbackBpe"/> have it.</summary>
internal static class SentencePieceMerges
{
    /// <exception cref="InvalidDataException">The model does what merges alone cannot.</exception>
    public static ByteFallbackBpe ToByteFallback(SentencePieceBpe tokenizer)
    {
        var (model, normalizer) = (tokenizer.Model, tokenizer.Model.Normalizer);
        Refuse(normalizer.CharsMap.Length > 0, $"character rules ({normalizer.Name})");
        Refuse(normalizer.RemoveExtraWhitespaces, "removal of extra spaces");
        Refuse(!normalizer.EscapeWhitespaces, "spaces that stay spaces");
        Refuse(model.Trainer.TreatWhitespaceAsSuffix, "spaces behind words");
        Refuse(model.Pieces.Any(piece => piece.Type == SentencePieceType.Unused), "unused pieces");
        Refuse(model.Pieces.Any(piece => piece.Type == SentencePieceType.UserDefined), "user-defined symbols");
        var space = new ReplaceStep(" ", "\u2581");
        return new ByteFallbackBpe(new BpeParts
        {
            Name = "tokenizer.json",
            Pieces = [.. model.Pieces.Select(piece => piece.Text)],
            Merges = Merges(tokenizer),
            Added = [.. model.Pieces.Select((piece, id) => (piece, id)).Where(item => item.piece.Type is SentencePieceType.Control or SentencePieceType.Unknown).Select(item => new AddedToken(item.id, item.piece.Text, Special: true))],
            Normalizer = normalizer.AddDummyPrefix ? new StepSequence([new PrependStep("\u2581"), space]) : space,
            ByteFallback = model.Trainer.ByteFallback,
            FusesUnknown = true,
            Decoding = normalizer.AddDummyPrefix ? PieceDecoding.Llama : PieceDecoding.Llama with { MostDropped = 0 },
            BosId = tokenizer.BosId,
            EosId = tokenizer.EosId,
            UnknownId = tokenizer.UnknownId,
            PadId = tokenizer.PadId,
            AddsBos = tokenizer.AddsBos,
        });
    }

    // The better score first; of equals the one with the lower id, and of one piece's pairs the one whose left part is older.
    private static MergeTable Merges(SentencePieceBpe tokenizer)
    {
        foreach (var (text, _, type) in tokenizer.Pieces)
            if (type == SentencePieceType.Normal) Refuse(text.EnumerateRunes().Any(rune => !tokenizer.Texts.ContainsKey(rune.ToString())), $"the piece '{text}', one of whose characters is no piece,");
        var found = PiecePairs.Find([.. tokenizer.Pieces.Select(piece => piece.Type == SentencePieceType.Normal ? piece.Text : "")], "tokenizer.json").Select(pair => (pair.Left, pair.Right, Id: pair.Whole)).ToArray();
        var merges = new MergeTable(found.Length);
        var rank = 0;
        foreach (var (left, right, id) in found.OrderByDescending(pair => tokenizer.Pieces[pair.Id].Score).ThenBy(pair => pair.Id).ThenBy(pair => pair.Left).ThenBy(pair => pair.Right)) merges.Set(left, right, rank++, id);
        return merges;
    }

    private static void Refuse(bool isSo, string what)
    {
        if (isSo) throw new InvalidDataException($"The SentencePiece model has {what}, which merges in a tokenizer.json do not say; keep its tokenizer.model.");
    }
}
