using System.Buffers;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Ids to text as google/sentencepiece does it: the space put before the text is dropped again, byte pieces are joined to characters,
/// every byte that belongs to none becomes U+FFFD.
/// </summary>
internal sealed class SentencePieceDecoder(SentencePieceTokenizer tokenizer) : StreamingDecoder
{
    private readonly bool dropsSpace = tokenizer.Model.Normalizer.AddDummyPrefix || tokenizer.Model.Normalizer.RemoveExtraWhitespaces;
    private readonly bool dropsAllSpaces = tokenizer.Model.Normalizer.RemoveExtraWhitespaces;
    private readonly string unknownSurface = tokenizer.Model.Trainer.UnknownSurface;
    private readonly byte[] bytes = new byte[4];
    private int byteCount;
    private bool started;

    protected internal override void Append(int id, StringBuilder output)
    {
        ref readonly var piece = ref tokenizer.Piece(id);
        if (piece.Type == SentencePieceType.Byte)
        {
            bytes[byteCount++] = (byte)tokenizer.ByteValues[id];
            EmitBytes(output, final: false);
            return;
        }
        EmitBytes(output, final: true);
        if (piece.Type == SentencePieceType.Control) return;
        if (piece.Type == SentencePieceType.Unknown)
        {
            output.Append(unknownSurface);
            started |= unknownSurface.Length > 0;
            return;
        }
        ReadOnlySpan<char> text = piece.Text;
        if (!started && dropsSpace && text[0] == TextNormalizer.Space)
        {
            text = text[1..];
            started = !dropsAllSpaces;
        }
        started |= !text.IsEmpty;
        foreach (var c in text) output.Append(c == TextNormalizer.Space ? ' ' : c);
    }

    protected internal override void Flush(StringBuilder output)
    {
        EmitBytes(output, final: true);
        started = false;
    }

    private void EmitBytes(StringBuilder output, bool final)
    {
        Span<char> characters = stackalloc char[2];
        while (byteCount > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes.AsSpan(0, byteCount), out var rune, out var used);
            if (status == OperationStatus.NeedMoreData && !final) return;
            if (status != OperationStatus.Done) (rune, used) = (Rune.ReplacementChar, 1);
            output.Append(characters[..rune.EncodeToUtf16(characters)]);
            started = true;
            byteCount -= used;
            bytes.AsSpan(used, byteCount).CopyTo(bytes);
        }
    }
}
