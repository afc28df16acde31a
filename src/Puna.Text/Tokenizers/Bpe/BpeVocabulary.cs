using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Puna.Text;

/// <summary>
/// The tokens of a byte pair encoding as bytes, in one block of memory, found by their bytes in a table with open addressing.
/// A token without bytes is not in the table: a special token, or one that text cannot become.
/// </summary>
internal sealed class BpeVocabulary
{
    private readonly byte[] bytes;
    private readonly int[] starts;
    private readonly int[] slots;
    private readonly int mask;

    /// <param name="tokens">A token's place is its id; null for one that is not to be found.</param>
    /// <param name="name">What errors call the vocabulary.</param>
    /// <exception cref="InvalidDataException">Two tokens are the same bytes.</exception>
    public BpeVocabulary(IReadOnlyList<byte[]?> tokens, string name)
    {
        starts = new int[tokens.Count + 1];
        for (var id = 0; id < tokens.Count; id++) starts[id + 1] = checked(starts[id] + (tokens[id]?.Length ?? 0));
        bytes = new byte[starts[^1]];
        slots = new int[1 << (BitOperations.Log2((uint)Math.Max(tokens.Count, 8)) + 2)];
        mask = slots.Length - 1;
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id] is not { Length: > 0 } token) continue;
            token.CopyTo(bytes, starts[id]);
            if (Find(token) is >= 0 and var other)
                throw new InvalidDataException($"{name}: the ids {other} and {id} are the same token, '{ByteAlphabet.Spell(token)}'; a token must be unique.");
            var slot = (int)Hash(token) & mask;
            while (slots[slot] != 0) slot = (slot + 1) & mask;
            slots[slot] = id + 1;
        }
    }

    public int Count => starts.Length - 1;

    public ReadOnlySpan<byte> this[int id] => bytes.AsSpan(starts[id], starts[id + 1] - starts[id]);

    /// <summary>The id of a token, -1 where there is none.</summary>
    public int Find(ReadOnlySpan<byte> token)
    {
        for (var slot = (int)Hash(token) & mask; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var id = slots[slot] - 1;
            if (this[id].SequenceEqual(token)) return id;
        }
        return -1;
    }

    // Another one in every process, so that no file can be made whose tokens all fall on one slot.
    internal static ulong Factor { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    // Eight bytes a step; the length is mixed in, so that zero bytes at the end count.
    private static uint Hash(ReadOnlySpan<byte> token)
    {
        var hash = (ulong)token.Length * Factor;
        while (token.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(token)) * Factor;
            hash ^= hash >> 29;
            token = token[8..];
        }
        ulong last = 0;
        foreach (var value in token) last = (last << 8) | value;
        hash = (hash ^ last) * Factor;
        return (uint)(hash >> 32);
    }
}
