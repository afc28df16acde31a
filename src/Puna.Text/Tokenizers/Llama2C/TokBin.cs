using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Puna.Text;

/// <summary>
/// The vocabulary file of llama2.c (<c>tokenizer.bin</c>): the length of the longest piece, then for each its score, its length and its bytes, with a space for
/// U+2581 and line ends around the begin and end symbols. It becomes the SentencePiece model that it was made from, as far as it says.
/// Source: karpathy/llama2.c, tokenizer.py (behaviour).
/// </summary>
public static class TokBin
{
    private const long LargestFile = 1L << 28;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no such file, or a damaged one.</exception>
    public static SentencePieceModel Load(string path)
    {
        var length = FileSize.Of(path);
        if (length > LargestFile) throw new InvalidDataException($"{path}: {length} bytes are more than the {LargestFile} that a vocabulary of llama2.c may have; this is another file.");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is no such file, or a damaged one.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> content, string name = "llama2.c vocabulary")
    {
        if (content.Length < 4) throw new InvalidDataException($"{name}: {content.Length} bytes are too few for a vocabulary of llama2.c.");
        var longest = BinaryPrimitives.ReadUInt32LittleEndian(content);
        var model = NewModel();
        for (var at = 4; at < content.Length;)
        {
            var id = model.Pieces.Count;
            if (content.Length - at < 8) throw new InvalidDataException($"{name}: {content.Length - at} bytes are left at byte {at} for piece {id}, whose score and length take 8; the file is cut off.");
            var score = BinaryPrimitives.ReadSingleLittleEndian(content[at..]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(content[(at + 4)..]);
            at += 8;
            if (length == 0 || length > longest || length > content.Length - at)
                throw new InvalidDataException($"{name}: piece {id} at byte {at} has the length {length}; the longest is said to be {longest}, and {content.Length - at} bytes are left.");
            if (!float.IsFinite(score)) throw new InvalidDataException($"{name}: the score of piece {id} is {score}, not a finite number; the file is damaged.");
            model.Pieces.Add(Piece(id, score, content.Slice(at, (int)length), name));
            at += (int)length;
        }
        if (model.Pieces.Count < 4) throw new InvalidDataException($"{name}: {model.Pieces.Count} pieces; a vocabulary of llama2.c begins with <unk>, <s> and </s> and goes on.");
        model.Trainer.ByteFallback = model.Pieces.Count(piece => piece.Type == SentencePieceType.Byte) == 256;
        model.Trainer.VocabularySize = model.Pieces.Count;
        return model;
    }

    /// <summary>Whether a file can be one of these: a SentencePiece model has no zeros so early.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> start) => start.Length >= 12 && start[2] == 0 && start[3] == 0 && (start[0] | start[1]) != 0;

    private static SentencePieceModel NewModel()
    {
        var model = new SentencePieceModel();
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Normalizer.Name = "identity";
        model.Normalizer.AddDummyPrefix = true;
        model.Normalizer.RemoveExtraWhitespaces = false;
        return model;
    }

    private static SentencePiece Piece(int id, float score, ReadOnlySpan<byte> bytes, string name)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, true).GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{name}: piece {id} is not UTF-8 at its byte {error.Index}; the file is damaged.", error);
        }
        if (id == 0) return new SentencePiece(text, score, SentencePieceType.Unknown);
        if (id is 1 or 2) return new SentencePiece(text.Trim('\n'), score, SentencePieceType.Control);
        var isByte = text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
        return new SentencePiece(text.Replace(' ', TextNormalizer.Space), score, isByte ? SentencePieceType.Byte : SentencePieceType.Normal);
    }
}
