namespace Puna.Text;

/// <summary>The pieces that training does not find: unknown, begin, end, padding, given symbols and bytes, each at its id.</summary>
internal static class SpecialPieces
{
    public static SortedDictionary<int, SentencePiece> Make(BpeTrainerOptions options)
    {
        var pieces = new SortedDictionary<int, SentencePiece>();
        if (options.UnknownId < 0) throw new InvalidDataException($"The unknown id is {options.UnknownId}; a SentencePiece model needs one, usually 0.");
        foreach (var (id, text) in new[] { (options.UnknownId, "<unk>"), (options.BosId, "<s>"), (options.EosId, "</s>"), (options.PadId, "<pad>") })
        {
            if (id < 0) continue;
            if (id >= options.VocabularySize) throw new InvalidDataException($"Id {id} for {text} is not below the vocabulary size {options.VocabularySize}.");
            if (!pieces.TryAdd(id, new SentencePiece(text, 0, text == "<unk>" ? SentencePieceType.Unknown : SentencePieceType.Control)))
                throw new InvalidDataException($"{pieces[id].Text} and {text} both have id {id}; give each its own.");
        }
        var next = 0;
        var symbols = options.ControlSymbols.Select(s => (s, SentencePieceType.Control))
            .Concat(options.UserDefinedSymbols.Select(s => (s, SentencePieceType.UserDefined)));
        if (options.ByteFallback) symbols = symbols.Concat(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", SentencePieceType.Byte)));
        foreach (var (text, type) in symbols)
        {
            var known = pieces.Where(p => p.Value.Text == text).Select(p => (int?)p.Key).FirstOrDefault();
            if (known is { } id && pieces[id].Type == SentencePieceType.Control && text is "<s>" or "</s>" or "<pad>")
            {
                pieces[known!.Value] = new SentencePiece(text, 0, type);
                continue;
            }
            if (known is not null) throw new InvalidDataException($"Symbol '{text}' is given twice or is one of the model's own; name each symbol once.");
            while (pieces.ContainsKey(next)) next++;
            pieces.Add(next, new SentencePiece(text, 0, type));
        }
        return pieces;
    }
}
