using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// What the elements of a dropout are multiplied by: 1/(1 − p) with probability 1 − p, else 0, sixty-four elements at a time. Element 16·w + b of group g
/// is kept where word w of <see cref="Philox.Block"/> 16·g + b reaches p·2³², so that a register of 16 blocks gives its words in the order of the elements.
/// </summary>
internal readonly unsafe struct DropoutFactors<T>(double p, DropoutKey key)
    where T : unmanaged
{
    /// <summary>Elements of a group.</summary>
    public const int Group = 64;

    /// <summary>Elements of the registers that have a path of their own.</summary>
    public const int Wide = 16;

    private const int Blocks = 16;
    private readonly ulong _counter = key.Counter, _seed = key.Seed;
    private readonly uint _threshold = (uint)Math.Min(uint.MaxValue, Math.Round(p * 4294967296.0));
    private readonly T _scale = Scalar.From<T>(1 / (1 - p));

    /// <summary>Whether anything is dropped.</summary>
    public bool Any => _threshold > 0;

    /// <summary>Groups of so many elements, the last one perhaps not whole.</summary>
    public static long Groups(long elements) => (elements + Group - 1) / Group;

    /// <summary>The factors of one group.</summary>
    /// <param name="group">Its number.</param>
    /// <param name="factors">[64].</param>
    /// <param name="wide">Whether the tier has 512-bit registers; the result is the same.</param>
    public void Draw(ulong group, T* factors, bool wide)
    {
        if (wide && typeof(T) == typeof(float) && Avx512F.IsSupported)
        {
            DrawWide(group, (float*)factors);
            return;
        }
        for (var b = 0; b < Blocks; b++)
        {
            var (r0, r1, r2, r3) = Philox.Block((group * Blocks) + (uint)b, _counter, _seed);
            factors[b] = r0 >= _threshold ? _scale : default;
            factors[b + 16] = r1 >= _threshold ? _scale : default;
            factors[b + 32] = r2 >= _threshold ? _scale : default;
            factors[b + 48] = r3 >= _threshold ? _scale : default;
        }
    }

    /// <summary>The generator's rounds on eight blocks a register, each word in the lower half of a lane, where the product of two words has room.</summary>
    private void DrawWide(ulong group, float* factors)
    {
        var low = Vector512.Create(0xFFFFFFFFul);
        var first = Vector512.Create(group * Blocks) + Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> a0 = first & low, a1 = first >>> 32, b0 = (first + Vector512.Create(8ul)) & low, b1 = (first + Vector512.Create(8ul)) >>> 32;
        Vector512<ulong> a2 = Vector512.Create(_counter & 0xFFFFFFFF), a3 = Vector512.Create(_counter >> 32), b2 = a2, b3 = a3;
        uint k0 = (uint)_seed, k1 = (uint)(_seed >> 32);
        for (var round = 0; round < Philox.Rounds; round++, k0 += Philox.Weyl0, k1 += Philox.Weyl1)
        {
            Vector512<ulong> key0 = Vector512.Create((ulong)k0), key1 = Vector512.Create((ulong)k1);
            (a0, a1, a2, a3) = Round(a0, a1, a2, a3, key0, key1, low);
            (b0, b1, b2, b3) = Round(b0, b1, b2, b3, key0, key1, low);
        }
        Store(a0, b0, factors);
        Store(a1, b1, factors + 16);
        Store(a2, b2, factors + 32);
        Store(a3, b3, factors + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<ulong> X0, Vector512<ulong> X1, Vector512<ulong> X2, Vector512<ulong> X3) Round(
        Vector512<ulong> x0, Vector512<ulong> x1, Vector512<ulong> x2, Vector512<ulong> x3, Vector512<ulong> key0, Vector512<ulong> key1, Vector512<ulong> low)
    {
        var p0 = Avx512F.Multiply(Vector512.Create(Philox.Multiplier0), x0.AsUInt32());
        var p1 = Avx512F.Multiply(Vector512.Create(Philox.Multiplier1), x2.AsUInt32());
        return ((p1 >>> 32) ^ x1 ^ key0, p1 & low, (p0 >>> 32) ^ x3 ^ key1, p0 & low);
    }

    private void Store(Vector512<ulong> first, Vector512<ulong> second, float* factors)
    {
        var words = Vector512.Create(Avx512F.ConvertToVector256UInt32(first), Avx512F.ConvertToVector256UInt32(second));
        var kept = Vector512.GreaterThanOrEqual(words, Vector512.Create(_threshold));
        Vector512.Store(kept.AsSingle() & Vector512.Create((float)Scalar.ToDouble(_scale)), factors);
    }
}
