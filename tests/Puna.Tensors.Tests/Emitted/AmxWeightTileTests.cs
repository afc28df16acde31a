using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The amx tier's products with quantised weights, executed by an interpreter: the bits of the kernel in C#, whatever the format, the shape and the number of tokens.</summary>
public sealed unsafe class AmxWeightTileTests
{
    private const int Rows = WeightTileFormat.Rows;

    public static TheoryData<string> Formats => [.. WeightTileFormat.All.Select(format => format.Name)];

    [Theory, MemberData(nameof(Formats))]
    public void Panels_of_any_size_give_the_bits_of_a_token_alone(string name)
    {
        var format = WeightTileFormat.Find(name)!;
        var windows = format.OffsetShift % 2 == 0;
        var kernel = new AmxTileKernel(format, bodies => new InterpretedFunctions(bodies, windows));
        for (var size = 1; size <= AmxWeightTile.PanelTokens; size++)
        {
            // full panels and one of fewer tokens; one tile, a pair, a pair and one; fewer groups than the unit is ahead, several runs, an odd number
            var (tiles, blocks) = (1 + (size % 3), format.GroupsPerBlock == 8 ? 1 + (size % 4) : 1 + (size * 7 % 37));
            Check(kernel, format, tokens: (2 * size) + (size / 2), size, tiles, blocks);
        }
    }

    [SkippableTheory, MemberData(nameof(Formats))]
    public void The_kernel_for_few_tokens_has_the_same_bits(string name)
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForVnni is null, $"{ProcessorFeatures.Current.MissingForVnni}");
        var format = WeightTileFormat.Find(name)!;
        for (var size = 1; size <= TileActivations.PanelTokens; size++) Check(EmittedTileKernel.Vnni(format), format, (2 * size) + (size / 2), size, 1 + (size % 3), format.GroupsPerBlock == 8 ? 1 + (size % 4) : 1 + (size * 7 % 37));
    }

    [SkippableTheory, MemberData(nameof(Formats))]
    public void The_processor_gives_the_bits_of_the_interpreter(string name)
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAmxInt8 is null, $"{ProcessorFeatures.Current.MissingForAmxInt8}");
        var format = WeightTileFormat.Find(name)!;
        for (var size = 1; size <= AmxWeightTile.PanelTokens; size++) Check(AmxTileKernel.For(format), format, (2 * size) + (size / 2), size, 1 + (size % 3), format.GroupsPerBlock == 8 ? 3 : 37);
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q2_K")]
    public void The_largest_codes_and_activations_give_the_integers(string name)
    {
        var format = WeightTileFormat.Find(name)!;
        var kernel = new AmxTileKernel(format, bodies => new InterpretedFunctions(bodies, windows: false));
        foreach (var value in new byte[] { 0, 255 }) Check(kernel, format, 7, 7, 1, 1, value);
    }

    [Theory]
    [InlineData("Q8_0", 16, 40, 3)]
    [InlineData("Q4_1", 5, 5, 2)]
    [InlineData("Q6_K", 7, 12, 2)]
    public void Nothing_outside_the_operands_is_read_or_written(string name, int size, int tokens, int tiles)
    {
        var format = WeightTileFormat.Find(name)!;
        List<InterpretedFunctions> functions = [];
        var allowed = new List<(nint, long)>();
        var kernel = new AmxTileKernel(format, bodies =>
        {
            functions.Add(new InterpretedFunctions(bodies, windows: false) { ArgumentBytes = sizeof(AmxWeightArguments) });
            functions[^1].Allowed.AddRange(allowed);
            return functions[^1];
        });
        const int Blocks = 3;
        var columns = Blocks * format.BlockColumns;
        var tokenBytes = TileActivations.Bytes(1, columns);
        var cRow = (tiles * Rows) + 5;
        using var weights = new NativeBuffer(tiles * (long)Blocks * format.BlockBytes);
        using var panels = new NativeBuffer(tokens * tokenBytes);
        using var c = new NativeBuffer((((tokens - 1L) * cRow) + (tiles * Rows)) * sizeof(float));
        using var memory = new NativeBuffer(kernel.RunBytes);
        foreach (var buffer in new[] { panels, memory, c }) allowed.Add(((nint)buffer.Pointer, buffer.Bytes));
        void Multiply()
        {
            var arguments = new TileArguments { Weights = (byte*)weights.Pointer, Tiles = tiles, Blocks = Blocks, Activations = (byte*)panels.Pointer, C = (float*)c.Pointer, CRowBytes = cRow * sizeof(float) };
            kernel.MultiplyPanels(tokens, size, tokenBytes, &arguments, (byte*)memory.Pointer);
        }
        Multiply();
        functions.ShouldNotBeEmpty();
        for (var lacking = 0; lacking < 3; lacking++)
        {
            foreach (var function in functions)
            {
                function.Allowed.Clear();
                function.Allowed.AddRange(allowed.Where((_, i) => i != lacking));
            }
            Should.Throw<ProcessorFault>(Multiply).Message.ShouldContain("outside the operands");
        }
    }

    [Theory]
    [InlineData("Q4_K")]
    [InlineData("Q5_0")]
    [InlineData("BF16")]
    public void A_whole_product_gives_the_bits_of_each_token_alone(string name)
    {
        const int RowCount = 70, Tokens = 45;
        var format = BlockFormat.ByName(name);
        var columns = (3 * Math.Max(32, format.ElementsPerBlock)) + (format.Name == "BF16" ? 7 : 0);
        using var pool = new WorkerPool(1);
        using var kernels = new CpuInferenceKernels<PortableLanes>(KernelTier.All[0], pool);
        var bytes = new byte[RowCount * format.RowBytes(columns)];
        format.Quantize(Normal(RowCount * columns, seed: 1), bytes);
        using var memory = new NativeBuffer(bytes.Length);
        bytes.CopyTo(new Span<byte>(memory.Pointer, bytes.Length));
        var mapped = new BlockMatrix(format, RowCount, columns, memory.Pointer, memory) { Layout = Layout(name) };
        var copied = new BlockMatrix(format, RowCount, columns, memory.Pointer, memory) { Layout = Layout(name) };
        using var copy = kernels.Repack([copied]);
        var x = Normal(Tokens * columns, 2);
        var together = Product(copied, Tokens, 0);
        Product(mapped, Tokens, 0).ShouldBe(together);
        for (var t = 0; t < Tokens; t++) Product(copied, 1, t).ShouldBe(together[(t * RowCount)..((t + 1) * RowCount)]);
        if (format.Name == "BF16") return;
        var other = new BlockMatrix(format, RowCount, columns, memory.Pointer, memory);
        using var second = kernels.Repack([other]);
        Product(other, Tokens, 0).ShouldBe(together);

        float[] Product(BlockMatrix matrix, int tokens, int token)
        {
            var stride = InferenceKernels.Padded(RowCount);
            var y = new float[tokens * stride];
            fixed (float* input = x, output = y) kernels.Multiply(input + (token * columns), columns, tokens, new BlockProduct(matrix, output, stride));
            return [.. Enumerable.Range(0, tokens).SelectMany(t => y[(t * stride)..((t * stride) + RowCount)])];
        }
    }

    [Fact]
    public void Products_of_bf16_are_the_sums_of_rounded_numbers_with_the_same_bits_for_any_number_of_tokens()
    {
        var kernel = new AmxFloatTileKernel(bodies => new InterpretedFunctions(bodies, windows: false));
        var packer = TilePacker.For(FloatTileKind.BFloat16Rows, Portable);
        const int Tiles = 9, Columns = (33 * 32) - 3, Tokens = 70; // two of each of four places and one left over
        const FloatTileKind Kind = FloatTileKind.BFloat16Rows;
        float[] w = Normal(Tiles * Rows * Columns, 3), x = Normal(Tokens * Columns, 4);
        ushort[] halves = [.. w.Select(v => (ushort)FloatTiles.Rounded(v))];
        var tileBytes = FloatTiles.TileBytes(Kind, Columns);
        using var weights = new NativeBuffer(Tiles * tileBytes);
        fixed (ushort* first = halves)
        {
            var rows = stackalloc byte*[Rows];
            for (var tile = 0; tile < Tiles; tile++)
            {
                for (var r = 0; r < Rows; r++) rows[r] = (byte*)(first + (((tile * Rows) + r) * Columns));
                packer.Pack(rows, Rows, Columns, (byte*)weights.Pointer + (tile * tileBytes));
            }
        }
        var alone = Multiply(1);
        foreach (var size in new[] { 5, 16, 17, 32 }) Multiply(size).ShouldBe(alone, $"{size} tokens in a panel");
        foreach (var few in new[] { 1, 3, 16 }) Multiply(few, few).ShouldBe(alone.Take(few * Tiles * Rows), $"{few} tokens");
        for (var t = 0; t < Tokens; t++)
            for (var r = 0; r < Tiles * Rows; r++)
            {
                double sum = 0, magnitude = 0;
                for (var k = 0; k < Columns; k++)
                {
                    var product = Value(FloatTiles.Rounded(w[(r * Columns) + k])) * Value(FloatTiles.Rounded(x[(t * Columns) + k]));
                    sum += product;
                    magnitude += Math.Abs(product);
                }
                Math.Abs(alone[(t * Tiles * Rows) + r] - sum).ShouldBeLessThan(1e-5 * magnitude);
            }

        double Value(uint bits) => BitConverter.UInt32BitsToSingle(bits << 16);

        float[] Multiply(int size, int tokens = Tokens)
        {
            var tokenBytes = FloatTiles.TokenBytes(Kind, Columns);
            using var panels = new NativeBuffer(tokens * tokenBytes);
            var c = new float[tokens * Tiles * Rows];
            fixed (float* from = x, to = c)
            {
                for (var t = 0; t < tokens; t++)
                    FloatTiles.PackToken(Kind, from + (t * Columns), Columns, (byte*)panels.Pointer + (t / size * (long)size * tokenBytes), Math.Min(size, tokens - (t / size * size)), t % size);
                var arguments = new TileArguments { Weights = (byte*)weights.Pointer, Tiles = Tiles, Blocks = FloatTiles.Turns(Kind, Columns), Activations = (byte*)panels.Pointer, C = to, CRowBytes = Tiles * Rows * sizeof(float) };
                kernel.MultiplyPanels(tokens, size, tokenBytes, &arguments);
            }
            return c;
        }
    }

    [Fact]
    public void The_amx_tier_takes_the_tile_unit_where_the_processor_has_it()
    {
        var amx = KernelTier.All.Single(tier => tier.Name == "amx");
        const int Vnni = 1 << 11, Tiles = 1 << 24, Int8 = 1 << 25, BFloat16 = 1 << 22, Avx512BFloat16 = 1 << 5;
        TileLayout Of(string format, int edx) =>
            TileLayout.For(BlockFormat.ByName(format), amx, new ProcessorFeatures((leaf, sub) => leaf == 0 ? (7, 0, 0, 0) : sub == 0 ? (1, 0, Vnni, edx) : (Avx512BFloat16, 0, 0, 0), true, () => null, () => null));
        foreach (var format in WeightTileFormat.All)
        {
            Of(format.Name, Tiles | Int8).PanelTokens.ShouldBe(AmxWeightTile.PanelTokens);
            Of(format.Name, Tiles | Int8).For(64).PanelTokens.ShouldBe(AmxWeightTile.PanelTokens);
            Of(format.Name, Tiles | Int8).For(63).PanelTokens.ShouldBe(TileActivations.PanelTokens);
            Of(format.Name, Tiles | BFloat16).PanelTokens.ShouldBe(TileActivations.PanelTokens);
        }
        Of("BF16", Tiles | BFloat16).ActivationForm.ShouldBe("bf16 rows");
        Of("BF16", Tiles | Int8).ActivationForm.ShouldBe("bf16");
        Of("F16", Tiles | BFloat16).ActivationForm.ShouldBe("fp32");
    }

    private static TileLayout Layout(string name) => WeightTileFormat.Find(name) is { } format
        ? TileLayout.Of(format, new AmxTileKernel(format, bodies => new InterpretedFunctions(bodies, windows: false)), Portable)
        : TileLayout.Of(FloatTileKind.BFloat16Rows, new AmxFloatTileKernel(bodies => new InterpretedFunctions(bodies, windows: true)), Portable);

    private static KernelTier Portable => KernelTier.All.Single(tier => tier.Name == "portable");

    /// <summary>Random tiles (or codes of one value) by random tokens, against <see cref="ManagedTileKernel"/> and one token at a time.</summary>
    private static void Check(TileKernel kernel, WeightTileFormat format, int tokens, int size, int tiles, int blocks, byte? value = null)
    {
        var random = new CounterRandom((ulong)((tokens * 100) + size));
        var columns = blocks * format.BlockColumns;
        using var weights = new NativeBuffer(tiles * (long)blocks * format.BlockBytes);
        var bytes = new Span<byte>(weights.Pointer, (int)weights.Bytes);
        for (var i = 0; i < bytes.Length; i++) bytes[i] = value ?? (byte)random.Next(256);
        for (var at = 0; at < bytes.Length; at += format.BlockBytes)
            for (var i = 0; i < format.HeaderBytes; i += 2) BitConverter.TryWriteBytes(bytes[(at + i)..], (Half)(random.NextNormal() * Math.Pow(2, -random.Next(24)))); // subnormal ones too
        var x = Normal(tokens * columns, (ulong)tokens);
        if (value is not null) x = [.. x.Select(v => v < 0 ? -1f : 1f)];
        var tokenBytes = TileActivations.Bytes(1, columns);
        var cRow = (tiles * Rows) + 3;
        using var panels = new NativeBuffer(tokens * tokenBytes);
        using var single = new NativeBuffer(tokenBytes);
        const float Untouched = 12345.678f;
        var (found, expected) = (new float[tokens * cRow], new float[cRow]);
        Array.Fill(found, Untouched);
        Array.Fill(expected, Untouched);
        var reference = new ManagedTileKernel(format, ManagedProducts.Portable);
        fixed (float* from = x, to = found, toExpected = expected)
        {
            for (var t = 0; t < tokens; t++) TileActivations.Quantize(from + (t * columns), columns, (byte*)panels.Pointer + (t / size * (long)size * tokenBytes), Math.Min(size, tokens - (t / size * size)), t % size);
            var arguments = new TileArguments { Weights = (byte*)weights.Pointer, Tiles = tiles, Blocks = blocks, Activations = (byte*)panels.Pointer, C = to, CRowBytes = cRow * sizeof(float) };
            kernel.MultiplyPanels(tokens, size, tokenBytes, &arguments);
            for (var t = 0; t < tokens; t++)
            {
                TileActivations.Quantize(from + (t * columns), columns, (byte*)single.Pointer, 1, 0);
                var alone = new TileArguments { Weights = (byte*)weights.Pointer, Tiles = tiles, Blocks = blocks, Activations = (byte*)single.Pointer, C = toExpected, CRowBytes = cRow * sizeof(float) };
                reference.Multiply(1, &alone);
                for (var r = 0; r < cRow; r++)
                    BitConverter.SingleToInt32Bits(found[(t * cRow) + r]).ShouldBe(BitConverter.SingleToInt32Bits(expected[r]), $"{format.Name}, {tokens} tokens by {size}, {tiles} tiles of {blocks} blocks, token {t}, row {r}: {found[(t * cRow) + r]} and {expected[r]}");
            }
        }
    }

    private static float[] Normal(int count, ulong seed)
    {
        var random = new CounterRandom(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)(random.NextNormal() * Math.Exp(random.NextNormal()));
        if (count >= 64) Array.Clear(values, 0, 32); // a group of zeros
        return values;
    }
}
