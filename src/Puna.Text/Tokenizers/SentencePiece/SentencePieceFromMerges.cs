namespace Puna.Text;

/// <summary>The SentencePiece model that a Llama-2 style tokenizer.json came from, for files that keep scores and not merges: the way back from <see cref="SentencePieceMerges"/>.</summary>
public static class SentencePieceFromMerges
{
    private const string Example = "a b  c  \n d ▁e\u0301 \u65E5\u672C \U0001F642 A. ";

    /// <summary>The model; it gives the same ids.</summary>
    /// <param name="tokenizer">As read from a tokenizer.json.</param>
    /// <exception cref="InvalidDataException">Scores cannot say what its merges do.</exception>
    public static SentencePieceBpe Convert(ByteFallbackBpe tokenizer)
    {
        var parts = tokenizer.Parts;
        var unknown = parts.UnknownId ?? throw Bad(parts, "it has no unknown token");
        var scores = Scores(parts);
        foreach (var prefix in (bool[])[true, false])
        {
            var model = Model(parts, scores, unknown, prefix, SentencePieceType.UserDefined);
            var made = new SentencePieceBpe(model, parts.Name);
            if (!Examples().All(text => made.Encode(text).AsSpan().SequenceEqual(tokenizer.Encode(text)))) continue;
            // looked at as merges again they must be the same ones in the same order
            var again = SentencePieceMerges.ToByteFallback(new SentencePieceBpe(Model(parts, scores, unknown, prefix, SentencePieceType.Control), parts.Name));
            if (!again.Parts.Merges.InOrder().Select(merge => (merge.Left, merge.Right, merge.Id)).SequenceEqual(parts.Merges.InOrder().Select(merge => (merge.Left, merge.Right, merge.Id))))
                throw Bad(parts, "its merges are not in the order of pieces");
            return made;
        }
        throw Bad(parts, "it prepares text in another way");
    }

    private static IEnumerable<string> Examples()
    {
        for (var length = 0; length <= Example.Length; length++)
        {
            if (length < Example.Length && char.IsLowSurrogate(Example[length])) continue;
            yield return Example[..length];
            yield return Example[length..];
        }
    }

    /// <summary>A piece is the better the earlier the merges that make it come.</summary>
    private static float[] Scores(BpeParts parts)
    {
        var scores = new float[parts.Pieces.Count];
        var isMade = new bool[scores.Length];
        var made = 0;
        foreach (var merge in parts.Merges.InOrder())
        {
            if (isMade[merge.Id]) continue;
            (isMade[merge.Id], scores[merge.Id]) = (true, -made++);
        }
        for (var id = 0; id < scores.Length; id++)
        {
            if (!isMade[id]) scores[id] = -made++;
        }
        return scores;
    }

    private static SentencePieceModel Model(BpeParts parts, float[] scores, int unknown, bool prefix, SentencePieceType added)
    {
        var model = new SentencePieceModel { AddsBos = parts.AddsBos };
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Trainer.VocabularySize = parts.Pieces.Count;
        model.Trainer.ByteFallback = parts.ByteFallback;
        model.Normalizer.Name = "identity";
        model.Normalizer.AddDummyPrefix = prefix;
        model.Normalizer.RemoveExtraWhitespaces = false;
        var types = parts.Pieces.Select(piece => parts.ByteFallback && IsByte(piece) ? SentencePieceType.Byte : SentencePieceType.Normal).ToArray();
        foreach (var token in parts.Added) types[token.Id] = token.Special ? SentencePieceType.Control : added;
        types[unknown] = SentencePieceType.Unknown;
        for (var id = 0; id < types.Length; id++) model.Pieces.Add(new SentencePiece(parts.Pieces[id], types[id] is SentencePieceType.Normal or SentencePieceType.UserDefined ? scores[id] : 0, types[id]));
        (model.Trainer.UnknownId, model.Trainer.UnknownPiece) = (unknown, parts.Pieces[unknown]);
        (model.Trainer.BosId, model.Trainer.BosPiece) = (parts.BosId ?? -1, parts.BosId is { } bos ? parts.Pieces[bos] : "");
        (model.Trainer.EosId, model.Trainer.EosPiece) = (parts.EosId ?? -1, parts.EosId is { } eos ? parts.Pieces[eos] : "");
        (model.Trainer.PadId, model.Trainer.PadPiece) = (parts.PadId ?? -1, parts.PadId is { } pad ? parts.Pieces[pad] : "");
        return model;
    }

    private static bool IsByte(string piece) => piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>' && char.IsAsciiHexDigit(piece[3]) && char.IsAsciiHexDigit(piece[4]);

    private static InvalidDataException Bad(BpeParts parts, string why) => new($"{parts.Name}: the tokenizer cannot be kept as SentencePiece pieces with scores, since {why}; name its tokenizer.model with --tokenizer where there is one");
}
