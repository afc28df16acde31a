using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// Every kernel over tiles that this machine can run, called by itself with any bytes as tiles: the same bits as whole numbers summed one by one and scaled in the
/// documented order, for every number of tokens, and nothing written beside the result.
/// </summary>
public sealed unsafe class TileKernelTests
{
    private const int Rows = WeightTileFormat.Rows, Untouched = 0x5A5A5A5A;
    private static readonly string[] Kernels = ["avx512vnni", "avx2", "avx2 with AVX-VNNI", "avx2 with AVX512_VNNI", "C#, portable", "C#, AVX2", "C#, Arm"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kernel in Kernels)
                foreach (var format in WeightTileFormat.All) data.Add(kernel, format.Name);
            return data;
        }
    }

    public static TheoryData<string> FloatKinds => [nameof(FloatTileKind.Single), nameof(FloatTileKind.Half), nameof(FloatTileKind.BFloat16AsSingle)];

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Any_bytes_give_the_bits_of_the_reference(string name, string formatName)
    {
        var format = WeightTileFormat.Find(formatName)!;
        var kernel = Kernel(name, format);
        for (var tokens = 1; tokens <= kernel.PanelTokens; tokens++)
            foreach (var (tiles, blocks) in new[] { (1, 1), (2, 3), (3, 2), (4, 1), (13, 2) }) Check(kernel, format, tokens, tiles, blocks, null, extreme: false);
    }

    /// <summary>The largest and the smallest codes by activations of ±127: a sum of two products in 16 bits would saturate.</summary>
    [SkippableTheory, MemberData(nameof(Cases))]
    public void Nothing_saturates(string name, string formatName)
    {
        var format = WeightTileFormat.Find(formatName)!;
        var kernel = Kernel(name, format);
        foreach (var tokens in new[] { 1, 5, 12 })
            foreach (var code in new byte[] { 0x00, 0x01, 0x7F, 0x80, 0xFF }) Check(kernel, format, tokens, 2, 2, code, extreme: true);
    }

    [SkippableTheory, MemberData(nameof(FloatKinds))]
    public void Plain_numbers_have_the_same_bits_in_every_panel(string kindName)
    {
        SkipWithoutAvx2();
        var kind = Enum.Parse<FloatTileKind>(kindName);
        var kernel = EmittedTileKernel.Avx2(kind);
        const int Columns = 37, Tiles = 11; // two of each of four places and three left over
        var random = new CounterRandom(7);
        using var tiles = new NativeBuffer(Tiles * FloatTiles.TileBytes(kind, Columns));
        var values = new double[Tiles, Rows, Columns];
        FillFloats(kind, (byte*)tiles.Pointer, values, random);
        var x = Enumerable.Range(0, 6 * Columns).Select(_ => (float)random.NextNormal()).ToArray();
        var alone = new int[6][];
        for (var t = 0; t < 6; t++) alone[t] = Run(kernel, kind, tiles, Tiles, Columns, x.AsSpan(t * Columns, Columns), 1);
        for (var tokens = 2; tokens <= 6; tokens++)
            Run(kernel, kind, tiles, Tiles, Columns, x.AsSpan(0, tokens * Columns), tokens).ShouldBe(alone.Take(tokens).SelectMany(bits => bits), $"{tokens} tokens");
        for (var t = 0; t < 6; t++)
        {
            for (var i = 0; i < Tiles * Rows; i++)
            {
                double sum = 0, size = 0;
                for (var k = 0; k < Columns; k++)
                {
                    var a = x[(t * Columns) + k];
                    if (kind == FloatTileKind.BFloat16AsSingle) a = BitConverter.UInt32BitsToSingle(FloatTiles.Rounded(a) << 16);
                    sum += values[i / Rows, i % Rows, k] * a;
                    size += Math.Abs(values[i / Rows, i % Rows, k] * a);
                }
                Math.Abs(BitConverter.Int32BitsToSingle(alone[t][i]) - sum).ShouldBeLessThan(1e-6 * size);
            }
        }
        if (kind == FloatTileKind.BFloat16AsSingle || ProcessorFeatures.Current.MissingForAvx512Code is not null) return;
        for (var tokens = 1; tokens <= 6; tokens++) // AVX-512 has the same sums
            Run(EmittedTileKernel.Avx512(kind), kind, tiles, Tiles, Columns, x.AsSpan(0, tokens * Columns), tokens).ShouldBe(alone.Take(tokens).SelectMany(bits => bits), $"AVX-512, {tokens} tokens");
    }

    /// <summary>Tiers of processors and policies that are not here; for AVX-512 without VNNI the functions of 256 bits.</summary>
    [SkippableTheory]
    [InlineData("portable", false, "Q4_K", "Managed")]
    [InlineData("avx2", false, "Q4_K", nameof(Avx2WeightTile))]
    [InlineData("avx2", true, "Q4_K", "Managed")]
    [InlineData("avx512", false, "Q4_K", nameof(Avx2WeightTile))]
    [InlineData("avx512", true, "Q4_K", "Managed")]
    [InlineData("portable", false, "F16", "Managed")]
    [InlineData("avx2", false, "F16", nameof(Avx2FloatTile))]
    [InlineData("avx2", true, "F16", "Managed")]
    [InlineData("avx2", false, "BF16", nameof(Avx2FloatTile))]
    [InlineData("avx512", false, "F16", nameof(FloatWeightTile))]
    [InlineData("avx512", false, "BF16", nameof(Avx2FloatTile))]
    [InlineData("avx512", true, "BF16", "Managed")]
    public void A_tier_takes_its_best_kernel(string tier, bool policy, string format, string kernel)
    {
        Skip.IfNot(Avx2Lanes.IsSupported, "this machine lacks AVX2");
        var features = new ProcessorFeatures((leaf, _) => leaf == 0 ? (7, 0, 0, 0) : leaf == 1 ? (0, 0, -1, 0) : (0, 0, 0, 0), true, () => policy ? "forbidden" : null, () => null);
        var layout = TileLayout.For(BlockFormat.ByName(format), KernelTier.For(features).Single(t => t.Name == tier), features);
        (layout.Kernel is EmittedTileKernel emitted ? emitted.Emitter : layout.Kernel.GetType().Name).ShouldStartWith(kernel);
    }

    private static TileKernel Kernel(string name, WeightTileFormat format)
    {
        switch (name)
        {
            case "avx512vnni":
                Skip.IfNot(ProcessorFeatures.Current.MissingForVnni is null, $"{ProcessorFeatures.Current.MissingForVnni}");
                return EmittedTileKernel.Vnni(format);
            case "avx2":
                SkipWithoutAvx2();
                return EmittedTileKernel.Avx2(format, vnni: false);
            case "avx2 with AVX-VNNI":
                Skip.IfNot(ProcessorFeatures.Current.MissingForAvxVnni is null, $"{ProcessorFeatures.Current.MissingForAvxVnni}");
                return EmittedTileKernel.Avx2(format, vnni: true);
            case "avx2 with AVX512_VNNI": // the same instructions in AVX-512's encoding
                SkipWithoutAvx2();
                Skip.IfNot(ProcessorFeatures.Current.MissingForVnni is null, $"{ProcessorFeatures.Current.MissingForVnni}");
                return new EmittedTileKernel(nameof(Avx2WeightTile), TileActivations.PanelTokens, (code, tokens) =>
                {
                    code.PreferVex = false;
                    Avx2WeightTile.Emit(code, format, tokens, vnni: true);
                });
            default:
                var products = name switch { "C#, AVX2" => ManagedProducts.Avx2, "C#, Arm" => ManagedProducts.Arm, _ => ManagedProducts.Portable };
                Skip.IfNot(ManagedTileKernel.IsSupported(products), $"this processor has no products of the kind {products}");
                return new ManagedTileKernel(format, products);
        }
    }

    private static void SkipWithoutAvx2() => Skip.IfNot(ProcessorFeatures.Current.MissingForAvx2Code is null, $"{ProcessorFeatures.Current.MissingForAvx2Code}");

    private static void Check(TileKernel kernel, WeightTileFormat format, int tokens, int tiles, int blocks, byte? code, bool extreme)
    {
        var random = new CounterRandom((ulong)((tokens * 100) + (tiles * 10) + blocks));
        var columns = blocks * format.BlockColumns;
        using var weights = new NativeBuffer(tiles * format.TileBytes(columns));
        var bytes = new Span<byte>(weights.Pointer, (int)(tiles * format.TileBytes(columns)));
        for (var i = 0; i < bytes.Length; i++) bytes[i] = code ?? (byte)random.Next(256);
        for (var block = 0; block < bytes.Length; block += format.BlockBytes)
            for (var i = 0; i < format.HeaderBytes; i += 2) BitConverter.TryWriteBytes(bytes[(block + i)..], (Half)(0.01 * random.NextNormal()));

        using var panel = new NativeBuffer(TileActivations.Bytes(tokens, columns));
        var x = new float[columns];
        for (var t = 0; t < tokens; t++)
        {
            for (var k = 0; k < columns; k++) x[k] = extreme ? t % 3 == 0 ? 3 : t % 3 == 1 ? -3 : k % 2 == 0 ? 3 : -3 : (float)random.NextNormal();
            fixed (float* from = x) TileActivations.Quantize(from, columns, (byte*)panel.Pointer, tokens, t);
        }
        var stride = (tiles * Rows) + 5;
        var c = new int[(tokens * stride) + 16];
        Array.Fill(c, Untouched);
        fixed (int* to = c)
        {
            var arguments = new TileArguments { Weights = (byte*)weights.Pointer, Tiles = tiles, Blocks = blocks, Activations = (byte*)panel.Pointer, C = (float*)to, CRowBytes = stride * sizeof(float) };
            kernel.Multiply(tokens, &arguments);
        }
        for (var i = 0; i < c.Length; i++)
        {
            var (t, r) = Math.DivRem(i, stride);
            var expected = t < tokens && r < tiles * Rows
                ? BitConverter.SingleToInt32Bits(Reference(format, (byte*)weights.Pointer + (r / Rows * format.TileBytes(columns)), r % Rows, blocks, (byte*)panel.Pointer, tokens, t))
                : Untouched;
            if (c[i] != expected) c[i].ShouldBe(expected, $"{format.Name}, {tokens} tokens, {tiles} tiles, {blocks} blocks, codes {code}: token {t}, row {r}");
        }
    }

    private static float Reference(WeightTileFormat format, byte* tile, int row, int blocks, byte* panel, int tokens, int token)
    {
        var sum = 0f;
        for (var b = 0; b < blocks; b++)
        {
            var (d, m) = ((float)((Half*)tile)[row], format.HasMinimum ? (float)((Half*)tile)[Rows + row] : 0);
            var group = tile + format.HeaderBytes;
            for (var g = 0; g < format.GroupsPerBlock; g++, group += format.GroupBytes, panel += tokens * TileActivations.TokenGroupBytes)
            {
                var numbers = (float*)(panel + (32 * tokens)) + token;
                for (var s = 0; s < format.Subgroups; s++)
                {
                    var (integers, total, size) = (0, 0, 32 / format.Subgroups);
                    for (var k = s * size; k < (s + 1) * size; k++)
                    {
                        int a = ((sbyte*)panel)[(32 * token) + k];
                        integers += Code(format, group, row, k) * a;
                        total += a;
                    }
                    var scale = format.Scale switch { TileScale.Half => d, TileScale.SignedByte => d * ((sbyte*)group)[(s * Rows) + row], _ => d * group[(s * Rows) + row] };
                    sum = MathF.FusedMultiplyAdd(integers, scale * numbers[TileActivations.Scale * tokens], sum);
                    if (!format.HasMinimum) continue;
                    var minimum = format.Scale == TileScale.Half ? m : -(m * group[((format.Subgroups + s) * Rows) + row]);
                    sum = MathF.FusedMultiplyAdd(minimum, numbers[TileActivations.Scale * tokens] * total, sum);
                }
            }
            tile += format.BlockBytes;
        }
        return sum;
    }

    /// <summary>What a code stands for, bit by bit.</summary>
    private static int Code(WeightTileFormat format, byte* group, int row, int column)
    {
        var (quad, at) = (column / 4, (row * 4) + (column % 4));
        int Plane(int plane, int bits)
        {
            var registers = bits; // of 64 bytes: 8, 4, 2 or 1
            return (group[plane + (quad % registers * 64) + at] >> (quad / registers * bits)) & ((1 << bits) - 1);
        }

        var code = Plane(format.ScaleBytes, format.LowBits);
        if (format.HighBits > 0) code |= Plane(format.HighPlane, format.HighBits) << format.LowBits;
        return format.HasLevels ? IQ4_NL.Levels[code] : format.OffsetShift >= 0 ? code - (1 << format.OffsetShift) : code;
    }

    private static void FillFloats(FloatTileKind kind, byte* tiles, double[,,] values, CounterRandom random)
    {
        var bytes = kind == FloatTileKind.Single ? 4 : 2;
        var columns = values.GetLength(2);
        var rows = stackalloc byte*[Rows];
        using var memory = new NativeBuffer(Rows * columns * bytes);
        for (var r = 0; r < Rows; r++) rows[r] = (byte*)memory.Pointer + (r * columns * bytes);
        for (var tile = 0; tile < values.GetLength(0); tile++)
        {
            for (var r = 0; r < Rows; r++)
            {
                for (var k = 0; k < columns; k++)
                {
                    var value = (float)random.NextNormal();
                    if (kind == FloatTileKind.Half && k == 3) value = 1e-6f; // a subnormal half
                    if (kind == FloatTileKind.Single) ((float*)rows[r])[k] = value;
                    else ((ushort*)rows[r])[k] = kind == FloatTileKind.Half ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)FloatTiles.Rounded(value);
                    values[tile, r, k] = kind switch
                    {
                        FloatTileKind.Single => value,
                        FloatTileKind.Half => (float)(Half)value,
                        _ => BitConverter.UInt32BitsToSingle(FloatTiles.Rounded(value) << 16),
                    };
                }
            }
            TilePacker.For(kind, KernelTier.All.Single(tier => tier.Name == "portable")).Pack(rows, Rows, columns, tiles + (tile * FloatTiles.TileBytes(kind, columns)));
        }
    }

    /// <summary>The bits of [tokens, rows].</summary>
    private static int[] Run(TileKernel kernel, FloatTileKind kind, NativeBuffer tiles, int count, int columns, ReadOnlySpan<float> x, int tokens)
    {
        using var panel = new NativeBuffer(tokens * FloatTiles.TokenBytes(kind, columns));
        var c = new int[tokens * count * Rows];
        fixed (float* from = x)
        fixed (int* to = c)
        {
            for (var t = 0; t < tokens; t++) FloatTiles.PackToken(kind, from + (t * columns), columns, (byte*)panel.Pointer, tokens, t);
            var arguments = new TileArguments { Weights = (byte*)tiles.Pointer, Tiles = count, Blocks = FloatTiles.Turns(kind, columns), Activations = (byte*)panel.Pointer, C = (float*)to, CRowBytes = count * Rows * sizeof(float) };
            kernel.Multiply(tokens, &arguments);
        }
        return c;
    }
}
