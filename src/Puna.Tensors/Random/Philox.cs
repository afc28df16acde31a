using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// Philox-4x32-10: a pure function from a 128-bit counter and a 64-bit key to 128 random bits. It has no state, so any
/// element of any mask can be computed alone, in any order, on any thread or device.
/// Source: Salmon et al., «Parallel random numbers: as easy as 1, 2, 3», SC 2011, section 3.3 (constants of its reference code).
/// </summary>
public static class Philox
{
    internal const int Rounds = 10;
    internal const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>The 128 random bits that belong to a counter under a key.</summary>
    /// <param name="counterLow">Low 64 bits of the counter, for example the number of the element.</param>
    /// <param name="counterHigh">High 64 bits of the counter, for example step and layer.</param>
    /// <param name="key">The seed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong counterLow, ulong counterHigh, ulong key)
    {
        uint x0 = (uint)counterLow, x1 = (uint)(counterLow >> 32), x2 = (uint)counterHigh, x3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (var round = 0; round < Rounds; round++)
        {
            var p0 = (ulong)Multiplier0 * x0;
            var p1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(p1 >> 32) ^ x1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ x3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (x0, x1, x2, x3);
    }
}
