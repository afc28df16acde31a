using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>F32: as it is.</summary>
internal sealed class SingleFormat : BlockFormat
{
    public override string Name => "F32";

    public override int ElementsPerBlock => 1;

    public override int BytesPerBlock => 4;

    public override bool CanQuantize => true;

    private protected override void Unpack(ReadOnlySpan<byte> row, Span<float> values) => row.CopyTo(MemoryMarshal.AsBytes(values));

    private protected override void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row) => MemoryMarshal.AsBytes(values).CopyTo(row);
}

/// <summary>F16: IEEE half, rounded to nearest, ties to even.</summary>
internal sealed class HalfFormat : BlockFormat
{
    public override string Name => "F16";

    public override int ElementsPerBlock => 1;

    public override int BytesPerBlock => 2;

    public override bool CanQuantize => true;

    private protected override void Unpack(ReadOnlySpan<byte> row, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(row[(2 * i)..]);
    }

    private protected override void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row)
    {
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(row[(2 * i)..], (Half)values[i]);
    }
}

/// <summary>BF16: the upper half of a single, rounded to nearest, ties to even.</summary>
internal sealed class BrainFormat : BlockFormat
{
    public override string Name => "BF16";

    public override int ElementsPerBlock => 1;

    public override int BytesPerBlock => 2;

    public override bool CanQuantize => true;

    private protected override void Unpack(ReadOnlySpan<byte> row, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * i)..]) << 16);
    }

    private protected override void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(values[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(row[(2 * i)..], (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
        }
    }
}
