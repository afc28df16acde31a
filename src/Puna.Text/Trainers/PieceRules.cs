namespace Puna.Text;

/// <summary>Which strings of characters may be a piece. Source: google/sentencepiece, src/trainer_interface.cc (behaviour).</summary>
internal sealed class PieceRules(BpeTrainerOptions options)
{
    public bool Allows(ReadOnlySpan<int> piece)
    {
        if (piece.IsEmpty || piece.Length > options.MaxPieceLength) return false;
        var onlySpaces = piece.IndexOfAnyExcept(TextNormalizer.Space) < 0;
        short? script = null;
        for (var at = 0; at < piece.Length; at++)
        {
            var c = piece[at];
            if (c is 0 or ' ' or TrainingText.Unknown or TrainingText.Boundary) return false;
            if (c == TextNormalizer.Space)
            {
                if (!(options.AllowWhitespaceOnlyPieces && onlySpaces) && !SpaceMayStandAt(at, piece.Length)) return false;
                continue;
            }
            short? own = UnicodeScripts.Of(c);
            if (own == UnicodeScripts.Inherited) own = script;
            var digit = c is (>= '0' and <= '9') or (>= 0xFF10 and <= 0xFF19);
            if (digit && !options.SplitByNumber) own = null;
            if (digit && options.SplitDigits && piece.Length > 1) return false;
            if (options.SplitByUnicodeScript && own is not null && script is not null && own != script) return false;
            script = own;
        }
        return true;
    }

    private bool SpaceMayStandAt(int at, int length) => options.TreatWhitespaceAsSuffix
        ? at == length - 1 || (!options.SplitByWhitespace && at > 0)
        : at == 0 || (!options.SplitByWhitespace && at < length - 1);
}
