namespace Puna.Text;

/// <summary>Every character is a piece (SentencePiece model type 4), except where a user-defined symbol is found.</summary>
public sealed class SentencePieceCharacters : SentencePieceTokenizer
{
    internal SentencePieceCharacters(SentencePieceModel model, string name)
        : base(model, name)
    {
    }

    private protected override void EncodeNormalized(ReadOnlySpan<char> text, PieceSink output)
    {
        var pieces = Texts.GetAlternateLookup<ReadOnlySpan<char>>();
        var symbols = new SymbolFinder(UserSymbols, text);
        for (var at = 0; at < text.Length;)
        {
            var length = symbols.LengthAt(at);
            if (length == 0) length = char.IsHighSurrogate(text[at]) ? 2 : 1;
            var piece = text.Slice(at, length);
            if (pieces.TryGetValue(piece, out var id)) output.Add(id);
            else output.AddUnknown(piece);
            at += length;
        }
    }
}
