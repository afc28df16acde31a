using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// Products with weights in the number formats of files, on every tier, from the file's rows and from tiles: against whole numbers and doubles computed one by one from the
/// same rounding of activations, and against the product without rounding.
/// </summary>
public sealed unsafe class BlockProductTests
{
    private static readonly string[] Formats = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "F32", "F16", "BF16"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var tier in KernelTier.All)
                foreach (var format in Formats) data.Add(tier.Name, format);
            return data;
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Products_equal_the_scalar_reference(string tier, string name)
    {
        Tiers.SkipWhereLacking(tier);
        using var pool = new WorkerPool(2);
        using var kernels = Kernels(tier, pool);
        var format = BlockFormat.ByName(name);
        var step = Math.Max(32, format.ElementsPerBlock);
        foreach (var (rows, columns, tokens) in new[] { (1, step, 1), (16, 3 * step, 2), (17, step, 3), (33, 2 * step, 5), (50, step, 12), (40, step, 13), (64, 2 * step, 29), (96, step, 6), (7, 5 * step, 8) })
        {
            foreach (var repack in new[] { false, true })
            {
                using var weights = new Rows(format, rows, columns, seed: rows + columns);
                var x = Random(tokens * columns, seed: tokens);
                var y = Multiply(kernels, weights, x, tokens, columns, repack);
                for (var t = 0; t < tokens; t++)
                {
                    for (var r = 0; r < rows; r++)
                    {
                        var (expected, size, bound, plain) = Reference(weights.Values.AsSpan(r * columns, columns), x.AsSpan(t * columns, columns), name);
                        Math.Abs(y[t, r] - expected).ShouldBeLessThan((1e-5 * size) + 1e-30, $"{name} on {tier}, {rows} × {columns}, {tokens} tokens, repack {repack}, row {r}, token {t}");
                        Math.Abs(y[t, r] - plain).ShouldBeLessThan(bound + (1e-5 * size) + 1e-30);
                    }
                }
            }
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void A_token_s_numbers_do_not_depend_on_what_is_computed_beside_it(string tier, string name)
    {
        Tiers.SkipWhereLacking(tier);
        using var one = new WorkerPool(1);
        using var three = new WorkerPool(3);
        using var alone = Kernels(tier, one);
        using var together = Kernels(tier, three);
        const int Rows = 48, Columns = 512, Tokens = 27;
        using var weights = new Rows(BlockFormat.ByName(name), Rows, Columns, seed: 5);
        var x = Random(Tokens * Columns, seed: 6);
        var all = Multiply(together, weights, x, Tokens, Columns, repack: true);
        for (var t = 0; t < Tokens; t++)
        {
            var single = Multiply(alone, weights, x[(t * Columns)..((t + 1) * Columns)], 1, Columns, repack: true);
            for (var r = 0; r < Rows; r++) BitConverter.SingleToInt32Bits(single[0, r]).ShouldBe(BitConverter.SingleToInt32Bits(all[t, r]));
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Rows_multiplied_where_they_lie_have_the_bits_of_tiles(string tier, string name)
    {
        Tiers.SkipWhereLacking(tier);
        using var pool = new WorkerPool(2);
        using var kernels = Kernels(tier, pool);
        var format = BlockFormat.ByName(name);
        // widths of less than a part, of parts that do not come out even, and for plain numbers of turns that do not either
        int[] widths = format.ElementsPerBlock == 1 ? [7, 32, 131, 645] : format.ElementsPerBlock == 32 ? [32, 992, 2080] : [256, 1792, 3328];
        foreach (var columns in widths)
        {
            foreach (var (rows, tokens, heads) in new[] { (1, 1, 0), (17, 1, 0), (40, 1, 2), (24, 2, 0), (16, 4, 1), (33, 12, 0), (16, 13, 0) })
            {
                using var weights = new Rows(format, rows, columns, seed: rows + columns, heads);
                var x = Random(tokens * columns, seed: tokens);
                var where = Multiply(kernels, weights, x, tokens, columns, repack: false);
                weights.Matrix.CopiedBytes.ShouldBe(0);
                var tiles = Multiply(kernels, weights, x, tokens, columns, repack: true);
                weights.Matrix.CopiedBytes.ShouldBeGreaterThan(0);
                for (var t = 0; t < tokens; t++)
                    for (var r = 0; r < rows; r++) BitConverter.SingleToInt32Bits(where[t, r]).ShouldBe(BitConverter.SingleToInt32Bits(tiles[t, r]), $"{name} on {tier}, {rows} × {columns}, {tokens} tokens, row {r}, token {t}");
            }
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Three_matrices_of_different_formats_share_their_input(string tier, string name)
    {
        Tiers.SkipWhereLacking(tier);
        using var pool = new WorkerPool(2);
        using var kernels = Kernels(tier, pool);
        const int Columns = 256, Tokens = 4;
        using var a = new Rows(BlockFormat.ByName(name), 48, Columns, seed: 1);
        using var b = new Rows(BlockFormat.ByName("Q6_K"), 16, Columns, seed: 2);
        using var c = new Rows(BlockFormat.ByName("F32"), 20, Columns, seed: 3);
        foreach (var weights in (Rows[])[a, b, c]) kernels.Prepare(weights.Matrix);
        a.Repack(kernels);
        c.Repack(kernels);
        var x = Random(Tokens * Columns, seed: 4);
        float* outputs = stackalloc float[Tokens * 112];
        fixed (float* input = x)
        {
            kernels.Multiply(input, Columns, Tokens, new BlockProduct(a.Matrix, outputs, 48), new BlockProduct(b.Matrix, outputs + (Tokens * 48), 16), new BlockProduct(c.Matrix, outputs + (Tokens * 64), 32));
        }
        Same(Multiply(kernels, a, x, Tokens, Columns, repack: true), outputs, 48);
        Same(Multiply(kernels, b, x, Tokens, Columns, repack: false), outputs + (Tokens * 48), 16);
        Same(Multiply(kernels, c, x, Tokens, Columns, repack: true), outputs + (Tokens * 64), 32);
    }

    [Fact]
    public void Queries_of_neighbours_become_halves()
    {
        using var pool = new WorkerPool(1);
        using var kernels = Kernels("portable", pool);
        using var rows = new Rows(BlockFormat.ByName("F32"), 16, 32, seed: 9, heads: 2);
        var x = Random(32, seed: 1);
        var y = Multiply(kernels, rows, x, 1, 32, repack: true);
        using var plain = new Rows(BlockFormat.ByName("F32"), 16, 32, seed: 9);
        var expected = Multiply(kernels, plain, x, 1, 32, repack: false);
        int[] order = [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15];
        for (var r = 0; r < 16; r++) y[0, r].ShouldBe(expected[0, order[r]]);
    }

    private static InferenceKernels Kernels(string name, WorkerPool pool)
    {
        var tier = KernelTier.All.Single(t => t.Name == name);
        return name switch
        {
            "portable" => new CpuInferenceKernels<PortableLanes>(tier, pool),
            "avx2" => new CpuInferenceKernels<Avx2Lanes>(tier, pool),
            _ => new CpuInferenceKernels<Avx512Lanes>(tier, pool),
        };
    }

    private static float[,] Multiply(InferenceKernels kernels, Rows weights, float[] x, int tokens, int columns, bool repack)
    {
        var matrix = weights.Matrix;
        kernels.Prepare(matrix);
        if (repack) weights.Repack(kernels);
        var stride = InferenceKernels.Padded(matrix.Rows);
        var result = new float[tokens, matrix.Rows];
        var memory = new float[tokens * stride];
        fixed (float* input = x)
        fixed (float* output = memory)
        {
            kernels.Multiply(input, columns, tokens, new BlockProduct(matrix, output, stride));
        }
        for (var t = 0; t < tokens; t++)
            for (var r = 0; r < matrix.Rows; r++) result[t, r] = memory[(t * stride) + r];
        return result;
    }

    private static void Same(float[,] expected, float* actual, int stride)
    {
        for (var t = 0; t < expected.GetLength(0); t++)
            for (var r = 0; r < expected.GetLength(1); r++) actual[(t * stride) + r].ShouldBe(expected[t, r]);
    }

    /// <summary>The product with rounded activations, Σ |w·a|, ½·d·Σ|w| over the groups, and the product without rounding.</summary>
    private static (double Rounded, double Size, double Bound, double Plain) Reference(ReadOnlySpan<float> weights, ReadOnlySpan<float> x, string format)
    {
        double rounded = 0, size = 0, bound = 0, plain = 0;
        for (var k = 0; k < x.Length; k += 32)
        {
            var largest = 0f;
            for (var i = k; i < k + 32; i++) largest = Math.Max(largest, Math.Abs(x[i]));
            var d = largest / 127;
            for (var i = k; i < k + 32; i++)
            {
                double a = format switch
                {
                    "F32" or "F16" => x[i],
                    "BF16" => BitConverter.UInt32BitsToSingle(FloatTiles.Rounded(x[i]) << 16),
                    _ => d == 0 ? 0 : (double)d * (int)Math.Round(x[i] * (double)(1 / d), MidpointRounding.ToEven),
                };
                rounded += weights[i] * a;
                plain += weights[i] * (double)x[i];
                size += Math.Abs(weights[i] * (double)x[i]);
                bound += format == "BF16" ? Math.Abs(weights[i] * x[i]) / 256 : 0.5001 * d * Math.Abs(weights[i]);
            }
        }
        return (rounded, size, bound, plain);
    }

    private static float[] Random(int count, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)(random.NextNormal() * Math.Exp(random.NextNormal()));
        if (count >= 64) Array.Clear(values, 0, 32); // a group of zeros
        return values;
    }

    /// <summary>Random rows in a format, in native memory, and their values.</summary>
    private sealed class Rows : IDisposable
    {
        private readonly NativeBuffer _memory;
        private NativeBuffer? _copy;

        public Rows(BlockFormat format, int rows, int columns, int seed, int heads = 0)
        {
            var bytes = new byte[rows * format.RowBytes(columns)];
            if (format.CanQuantize)
            {
                format.Quantize(Random(rows * columns, seed), bytes);
            }
            else
            {
                // any codes and scales are sound; only the half that begins a block must be of a sensible size
                var random = new CounterRandom((ulong)seed);
                for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(256);
                for (var i = 0; i < bytes.Length; i += format.BytesPerBlock) BitConverter.TryWriteBytes(bytes.AsSpan(i), (Half)(0.001 * (1 + (i % 7))));
            }
            Values = new float[rows * columns];
            format.Dequantize(bytes, Values);
            _memory = new NativeBuffer(bytes.Length);
            bytes.CopyTo(new Span<byte>(_memory.Pointer, bytes.Length));
            Matrix = new BlockMatrix(format, rows, columns, _memory.Pointer, _memory, heads);
        }

        public BlockMatrix Matrix { get; }

        public float[] Values { get; }

        public void Repack(InferenceKernels kernels) => _copy ??= kernels.Repack([Matrix]);

        public void Dispose()
        {
            _copy?.Dispose();
            _memory.Dispose();
        }
    }
}
