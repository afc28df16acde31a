using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Puna.Text;

/// <summary>
/// Knows which documents came before, character for character, by the first 128 bits of their SHA-256. About 40 bytes of memory a document kept.
/// Not safe for use by several threads; <see cref="Hash"/> is.
/// </summary>
public sealed class ExactDuplicates
{
    private readonly HashSet<UInt128> _seen = [];

    /// <summary>What stands for a document.</summary>
    public static UInt128 Hash(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Remembers a document; false where it was there before.</summary>
    public bool Add(UInt128 hash) => _seen.Add(hash);
}
