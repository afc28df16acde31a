using System.Buffers.Binary;
using System.Numerics;

namespace Puna.Training;

/// <summary>CRC-32C (Castagnoli polynomial, as in RFC 3720, appendix B.4), which processors compute in one instruction.</summary>
internal struct Crc32C()
{
    private uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) _state = BitOperations.Crc32C(_state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) _state = BitOperations.Crc32C(_state, one);
    }
}
