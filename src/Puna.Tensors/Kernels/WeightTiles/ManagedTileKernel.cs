using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// Tiles of codes without VPDPBUSD: each group's codes are unpacked to signed bytes (less the offset) and multiplied by 16-bit multiply-adds where the processor has
/// AVX2, one by one elsewhere. The sums are the same integers, so that all tiers agree but for the order of the additions in single precision, which is the same too.
/// </summary>
internal sealed unsafe class ManagedTileKernel(WeightTileFormat format, bool wide) : TileKernel
{
    private const int Rows = WeightTileFormat.Rows, GroupCodes = Rows * WeightTileFormat.GroupColumns;

    /// <inheritdoc/>
    public override int PanelTokens => TileActivations.PanelTokens;

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
        var products = stackalloc int[Rows];
        var quads = WeightTileFormat.Quads / format.Subgroups;
        for (var s = 0; s < format.Subgroups; s++)
        {
            Dot(codes + (s * quads * WeightTileFormat.QuadBytes), (sbyte*)activations + (token * WeightTileFormat.GroupColumns) + (s * quads * 4), quads, products);
            var scales = factors + (s * Rows);
            var minima = factors + ((2 + s) * Rows);
            var scale = numbers[TileActivations.Scale * tokens];
            for (var r = 0; r < Rows; r++) sums[r] = MathF.FusedMultiplyAdd(products[r], scales[r] * scale, sums[r]);
            if (!format.HasMinimum) continue;
            var sum = numbers[(format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + s) * tokens];
            for (var r = 0; r < Rows; r++) sums[r] = MathF.FusedMultiplyAdd(minima[r], sum, sums[r]);
        }
    }

    private void Dot(sbyte* codes, sbyte* activations, int quads, int* products)
    {
        if (wide) DotAvx2(codes, activations, quads, products);
        else DotPortable(codes, activations, quads, products);
    }

    private static void DotAvx2(sbyte* codes, sbyte* activations, int quads, int* products)
    {
        var ones = Vector256.Create((short)1);
        var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
        for (var q = 0; q < quads; q++, codes += WeightTileFormat.QuadBytes)
        {
            var a = Vector256.Create(((int*)activations)[q]).AsSByte();
            low += Pair(Vector256.Load(codes), a, ones);
            high += Pair(Vector256.Load(codes + 32), a, ones);
        }
        low.Store(products);
        high.Store(products + 8);
    }

    /// <summary>|w|·(±a) in 16 bits: at most 2·128·127, which fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pair(Vector256<sbyte> w, Vector256<sbyte> a, Vector256<short> ones) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(w), Avx2.Sign(a, w)), ones);

    private static void DotPortable(sbyte* codes, sbyte* activations, int quads, int* products)
    {
        for (var r = 0; r < Rows; r++)
        {
            var sum = 0;
            for (var q = 0; q < quads; q++)
            {
                var w = codes + (q * WeightTileFormat.QuadBytes) + (4 * r);
                var a = activations + (4 * q);
                sum += (w[0] * a[0]) + (w[1] * a[1]) + (w[2] * a[2]) + (w[3] * a[3]);
            }
            products[r] = sum;
        }
    }
}
