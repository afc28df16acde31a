using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Puna.Text;

namespace Puna.Training;

/// <summary>What tells one tokenizer from another: a SHA-256 of its pieces, its special ids, and the ids of a line that shows how it treats text.</summary>
public static class TokenizerFingerprint
{
    private const string Probe = " The  quick\tbrown\nfox: 1,024 × ﬁne — Ünïcödé 漢字 🙂 ";

    /// <summary>Bytes of a fingerprint.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>The fingerprint.</summary>
    public static byte[] Of(Tokenizer tokenizer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Number(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
        Number(tokenizer.VocabularySize);
        Number(tokenizer.BosId ?? -1);
        Number(tokenizer.EosId ?? -1);
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var piece = Encoding.UTF8.GetBytes(tokenizer.IdToPiece(id));
            Number(piece.Length);
            hash.AppendData(piece);
        }
        foreach (var id in tokenizer.Encode(Probe)) Number(id);
        return hash.GetHashAndReset();
    }
}
