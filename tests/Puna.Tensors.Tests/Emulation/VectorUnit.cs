using System.Runtime.InteropServices;

namespace Puna.Tests.Tensors;

/// <summary>
/// The 32 registers of AVX-512 and the few instructions on whole registers of 16 numbers that tile loops mix with those of the tile unit, as the Intel Software Developer's
/// Manual, volume 2, defines them: rounding to nearest even, nothing masked.
/// </summary>
internal sealed class VectorUnit
{
    /// <summary>Bytes of a register.</summary>
    public const int RegisterBytes = 64;

    private const int Registers = 32, Numbers = RegisterBytes / sizeof(float), UpperFrom = 16;
    private readonly byte[] _data = new byte[Registers * RegisterBytes];

    /// <summary>The first bytes of a register: 16 for xmm, 64 for zmm.</summary>
    public Span<byte> Bytes(int register, int count = RegisterBytes) => _data.AsSpan(register * RegisterBytes, count);

    /// <summary>VZEROUPPER: what lies above xmm0 to xmm15 is cleared.</summary>
    public void ClearUpper()
    {
        for (var register = 0; register < 16; register++) Bytes(register)[UpperFrom..].Clear();
    }

    /// <summary>VPXORD.</summary>
    public void Xor(int to, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var result = Bytes(to);
        for (var i = 0; i < RegisterBytes; i++) result[i] = (byte)(a[i] ^ b[i]);
    }

    /// <summary>VCVTDQ2PS.</summary>
    public void ConvertIntegers(int to, ReadOnlySpan<byte> from)
    {
        var result = Floats(Bytes(to));
        var integers = MemoryMarshal.Cast<byte, int>(from);
        for (var i = 0; i < Numbers; i++) result[i] = integers[i];
    }

    /// <summary>VMULPS.</summary>
    public void Multiply(int to, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var result = Floats(Bytes(to));
        var x = MemoryMarshal.Cast<byte, float>(a);
        var y = MemoryMarshal.Cast<byte, float>(b);
        for (var i = 0; i < Numbers; i++) result[i] = x[i] * y[i];
    }

    /// <summary>VFMADD231PS: to += a·b, rounded once.</summary>
    public void MultiplyAdd(int to, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var result = Floats(Bytes(to));
        var x = MemoryMarshal.Cast<byte, float>(a);
        var y = MemoryMarshal.Cast<byte, float>(b);
        for (var i = 0; i < Numbers; i++) result[i] = MathF.FusedMultiplyAdd(x[i], y[i], result[i]);
    }

    private static Span<float> Floats(Span<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes);
}
