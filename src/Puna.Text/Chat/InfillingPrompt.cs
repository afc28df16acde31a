namespace Puna.Text;

/// <summary>
/// Code Llama's prompt for filling a gap: the text before it, the text behind it, and marks that say which is which; the model then writes what belongs between and ends
/// with <see cref="EndPiece"/>. Source: Rozière et al., «Code Llama», 2023, section 2.3; meta-llama/codellama, llama/generation.py (behaviour).
/// </summary>
public static class InfillingPrompt
{
    /// <summary>The marks, as the vocabulary spells them.</summary>
    public const string PrefixPiece = "\u2581<PRE>", SuffixPiece = "\u2581<SUF>", MiddlePiece = "\u2581<MID>", EndPiece = "\u2581<EOT>";

    /// <summary>The ids of a prompt, begin symbol included.</summary>
    /// <param name="tokenizer">A tokenizer that has the four marks.</param>
    /// <param name="prefix">The text before the gap.</param>
    /// <param name="suffix">The text behind it; no space is put before it.</param>
    /// <param name="suffixFirst">Whether the text behind comes first (suffix, prefix, middle).</param>
    /// <exception cref="InvalidDataException">The tokenizer has no infilling tokens.</exception>
    public static int[] Encode(Tokenizer tokenizer, string prefix, string suffix, bool suffixFirst = false)
    {
        var (pre, suf, mid) = (Mark(tokenizer, PrefixPiece), Mark(tokenizer, SuffixPiece), Mark(tokenizer, MiddlePiece));
        _ = Mark(tokenizer, EndPiece);
        var ids = new List<int>();
        if (tokenizer is { AddsBos: true, BosId: { } bos }) ids.Add(bos);
        ids.Add(pre);
        if (suffixFirst) ids.Add(suf);
        if (!suffixFirst) tokenizer.EncodeText(prefix, continuation: false, ids);
        if (!suffixFirst) ids.Add(suf);
        tokenizer.EncodeText(suffix, continuation: true, ids);
        ids.Add(mid);
        if (suffixFirst) tokenizer.EncodeText(prefix, continuation: false, ids);
        return [.. ids];
    }

    /// <summary>The id that ends what the model fills in.</summary>
    /// <param name="tokenizer">A tokenizer that has the four marks.</param>
    /// <exception cref="InvalidDataException">The tokenizer has no infilling tokens.</exception>
    public static int StopId(Tokenizer tokenizer) => Mark(tokenizer, EndPiece);

    private static int Mark(Tokenizer tokenizer, string piece) => tokenizer.TryGetId(piece, out var id)
        ? id : throw new InvalidDataException($"The tokenizer has no token '{piece}'; filling gaps needs a model that was trained for it, such as Code Llama 7B or 13B.");
}
