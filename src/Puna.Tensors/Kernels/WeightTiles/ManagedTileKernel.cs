using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>How <see cref="ManagedTileKernel"/> multiplies bytes.</summary>
internal enum ManagedProducts
{
    /// <summary>By shifts and products of 16 bits, on any processor.</summary>
    Portable,

    /// <summary>By 16-bit multiply-adds of AVX2.</summary>
    Avx2,

    /// <summary>By SDOT, which sums four products of bytes (Arm, feature DotProd).</summary>
    Arm,
}

/// <summary>
/// Tiles of codes in C#: each group's codes are unpacked to signed bytes (less the offset) and multiplied by what the processor has. The sums are the same integers and
/// the additions in single precision are in the same order as in <see cref="VnniWeightTile"/>, so that all tiers agree to the bit.
/// </summary>
internal sealed unsafe class ManagedTileKernel(WeightTileFormat format, ManagedProducts products) : TileKernel
{
    private const int Rows = WeightTileFormat.Rows, GroupCodes = Rows * WeightTileFormat.GroupColumns, Four = 4;

    /// <inheritdoc/>
    public override int PanelTokens => TileActivations.PanelTokens;

    /// <summary>Whether this processor can multiply so.</summary>
    public static bool IsSupported(ManagedProducts products) => products switch
    {
        ManagedProducts.Arm => Dp.IsSupported,
        ManagedProducts.Avx2 => Avx2.IsSupported,
        _ => true,
    };

    /// <inheritdoc/>
    public override bool CanContinue => true;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments)
    {
        var codes = stackalloc sbyte[GroupCodes];
        var sums = stackalloc float[TileActivations.PanelTokens * Rows];
        var factors = stackalloc float[6 * Rows]; // of rows: d, m; scales and minima of two subgroups
        var weights = arguments->Weights;
        for (nint tile = 0; tile < arguments->Tiles; tile++)
        {
            arguments->Begin(tile, tokens, sums);
            var activations = arguments->Activations;
            for (nint block = 0; block < arguments->Blocks; block++)
            {
                Halves(weights, factors);
                if (format.HasMinimum) Halves(weights + (2 * Rows), factors + Rows);
                weights += format.HeaderBytes;
                for (var g = 0; g < format.GroupsPerBlock; g++, weights += format.GroupBytes, activations += tokens * TileActivations.TokenGroupBytes)
                {
                    TileCodes.Unpack(format, weights, codes);
                    for (var s = 0; s < format.Subgroups; s++) Scales(weights, s, factors);
                    for (var t = 0; t < tokens; t++) Add(codes, activations, tokens, t, factors + (2 * Rows), sums + (t * Rows));
                }
            }
            for (var t = 0; t < tokens; t++) Buffer.MemoryCopy(sums + (t * Rows), (byte*)(arguments->C + (tile * Rows)) + (t * arguments->CRowBytes), Rows * sizeof(float), Rows * sizeof(float));
        }
    }

    private static void Halves(byte* halves, float* values)
    {
        for (var r = 0; r < Rows; r++) values[r] = (float)((Half*)halves)[r];
    }

    private void Scales(byte* group, int subgroup, float* factors)
    {
        var scales = factors + ((2 + subgroup) * Rows);
        var minima = factors + ((4 + subgroup) * Rows);
        for (var r = 0; r < Rows; r++)
        {
            scales[r] = format.Scale switch
            {
                TileScale.Half => factors[r],
                TileScale.SignedByte => (sbyte)group[(subgroup * Rows) + r] * factors[r],
                _ => group[(subgroup * Rows) + r] * factors[r],
            };
            if (format.HasMinimum) minima[r] = format.Scale == TileScale.Half ? factors[Rows + r] : -(group[((format.Subgroups + subgroup) * Rows) + r] * factors[Rows + r]);
        }
    }

    private void Add(sbyte* codes, byte* activations, int tokens, int token, float* factors, float* sums)
    {
        var numbers = (float*)(activations + (tokens * WeightTileFormat.GroupColumns)) + token;
        var integers = stackalloc int[Rows];
        var quads = WeightTileFormat.Quads / format.Subgroups;
        for (var s = 0; s < format.Subgroups; s++)
        {
            Dot(codes + (s * quads * WeightTileFormat.QuadBytes), (sbyte*)activations + (token * WeightTileFormat.GroupColumns) + (s * quads * 4), quads, integers);
            var scales = factors + (s * Rows);
            var minima = factors + ((2 + s) * Rows);
            var scale = Vector128.Create(numbers[TileActivations.Scale * tokens]);
            var sum = Vector128.Create(numbers[(format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + s) * tokens]);
            for (var r = 0; r < Rows; r += Four)
            {
                var total = Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(Vector128.Load(integers + r)), Vector128.Load(scales + r) * scale, Vector128.Load(sums + r));
                if (format.HasMinimum) total = Vector128.FusedMultiplyAdd(Vector128.Load(minima + r), sum, total);
                total.Store(sums + r);
            }
        }
    }

    private void Dot(sbyte* codes, sbyte* activations, int quads, int* integers)
    {
        switch (products)
        {
            case ManagedProducts.Avx2:
                DotAvx2(codes, activations, quads, integers);
                break;
            case ManagedProducts.Arm:
                DotArm(codes, activations, quads, integers);
                break;
            default:
                DotPortable(codes, activations, quads, integers);
                break;
        }
    }

    private static void DotAvx2(sbyte* codes, sbyte* activations, int quads, int* integers)
    {
        var ones = Vector256.Create((short)1);
        var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
        for (var q = 0; q < quads; q++, codes += WeightTileFormat.QuadBytes)
        {
            var a = Vector256.Create(((int*)activations)[q]).AsSByte();
            low += Pair(Vector256.Load(codes), a, ones);
            high += Pair(Vector256.Load(codes + 32), a, ones);
        }
        low.Store(integers);
        high.Store(integers + 8);
    }

    /// <summary>|w|·(±a) in 16 bits: at most 2·128·127, which fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pair(Vector256<sbyte> w, Vector256<sbyte> a, Vector256<short> ones) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(w), Avx2.Sign(a, w)), ones);

    private static void DotArm(sbyte* codes, sbyte* activations, int quads, int* integers)
    {
        var (first, second, third, fourth) = (Vector128<int>.Zero, Vector128<int>.Zero, Vector128<int>.Zero, Vector128<int>.Zero);
        for (var q = 0; q < quads; q++, codes += WeightTileFormat.QuadBytes)
        {
            var a = Vector128.Create(((int*)activations)[q]).AsSByte();
            first = Dp.DotProduct(first, Vector128.Load(codes), a);
            second = Dp.DotProduct(second, Vector128.Load(codes + 16), a);
            third = Dp.DotProduct(third, Vector128.Load(codes + 32), a);
            fourth = Dp.DotProduct(fourth, Vector128.Load(codes + 48), a);
        }
        first.Store(integers);
        second.Store(integers + Four);
        third.Store(integers + (2 * Four));
        fourth.Store(integers + (3 * Four));
    }

    private static void DotPortable(sbyte* codes, sbyte* activations, int quads, int* integers)
    {
        for (var r = 0; r < Rows; r += Four)
        {
            var sum = Vector128<int>.Zero;
            for (var q = 0; q < quads; q++)
            {
                var w = Vector128.Load(codes + (q * WeightTileFormat.QuadBytes) + (4 * r)).AsInt16();
                var a = Vector128.Create(((int*)activations)[q]).AsInt16();
                // bytes 0 and 2 of a quad, and 1 and 3, as numbers of 16 bits; the sum of two products is at most 2·128·127
                var pairs = ((((w << 8) >> 8) * ((a << 8) >> 8)) + ((w >> 8) * (a >> 8))).AsInt32();
                sum += ((pairs << 16) >> 16) + (pairs >> 16);
            }
            sum.Store(integers + r);
        }
    }
}
