using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Products of bytes are exact on every kernel there is, whatever the shape and the bytes.</summary>
public unsafe class Int8ProductTests
{
    private const int Untouched = 0x5A5A5A5A;

    public static TheoryData<string> KernelNames => ["avx512vnni", "amx", "amx, interpreted", "amx, interpreted for Windows"];

    [SkippableTheory]
    [MemberData(nameof(KernelNames))]
    public void Any_shape_gives_the_integer_sums(string name)
    {
        var kernel = Kernel(name);
        var shapes = from tokens in Gen.Choose(1, 70) from rows in Gen.Choose(1, 100) from depth in Gen.Choose(1, 200) from kind in Gen.Choose(0, 3) select (tokens, rows, depth, kind);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(kernel, shape.tokens, shape.rows, shape.depth, shape.kind)).QuickCheckThrowOnFailure();
    }

    [SkippableTheory]
    [MemberData(nameof(KernelNames))]
    public void Every_size_of_the_last_tiles_gives_the_integer_sums(string name)
    {
        var kernel = Kernel(name);
        for (var size = 1; size <= 33; size++)
        {
            Check(kernel, size, 34 - size, 60 + size, 3).ShouldBeTrue($"{size} tokens");
            Check(kernel, 34 - size, 32 + size, size, 0).ShouldBeTrue($"{size} rows");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(KernelNames))]
    public void The_largest_bytes_at_a_large_depth_give_the_integer_sums(string name)
    {
        var kernel = Kernel(name);
        foreach (var kind in new[] { 1, 2, 3 }) Check(kernel, 2, 3, 100_001, kind).ShouldBeTrue($"kind {kind}");
    }

    [SkippableTheory]
    [MemberData(nameof(KernelNames))]
    public void No_depth_gives_zeros(string name) => Check(Kernel(name), 3, 5, 0, 0).ShouldBeTrue();

    [Fact]
    public void The_tiers_with_instructions_for_bytes_have_their_kernel()
    {
        using var pool = new WorkerPool(1);
        var features = ProcessorFeatures.Current;
        Int8Kernel? vnni = features.MissingForVnni is null ? Avx512VnniKernel.Shared : null;
        foreach (var tier in KernelTier.Available)
        {
            var expected = tier.Name switch
            {
                "portable" or "avx2" or "avx512" => null,
                "amx" when features.MissingForAmxInt8 is null => AmxInt8Kernel.Shared,
                _ => vnni,
            };
            tier.Create(pool).Int8.ShouldBe(expected, tier.Name);
        }
    }

    private static Int8Kernel Kernel(string name)
    {
        var features = ProcessorFeatures.Current;
        switch (name)
        {
            case "avx512vnni":
                Skip.IfNot(features.MissingForVnni is null, $"{features.MissingForVnni}");
                return Avx512VnniKernel.Shared;
            case "amx":
                Skip.IfNot(features.MissingForAmxInt8 is null, $"{features.MissingForAmxInt8}");
                return AmxInt8Kernel.Shared;
            default:
                return new AmxInt8Kernel(bodies => new InterpretedFunctions(bodies, name.EndsWith("Windows", StringComparison.Ordinal)));
        }
    }

    /// <summary>Kinds of bytes: any (0), all −128 (1), −128 by 127 (2), only the largest of either sign (3).</summary>
    private static bool Check(Int8Kernel kernel, int tokens, int rows, int depth, int kind)
    {
        var random = new CounterRandom((ulong)((tokens * 1000) + rows + depth));
        sbyte[] Bytes(int count, int extreme) => [.. Enumerable.Range(0, count).Select(_ => kind switch
        {
            0 => (sbyte)(random.NextUInt32() & 255),
            3 => (random.NextUInt32() & 1) != 0 ? sbyte.MinValue : sbyte.MaxValue,
            _ => (sbyte)extreme,
        })];
        int wRow = depth + (kind * 3), aRow = depth + kind, cRow = rows + (kind * 5); // distances between rows
        sbyte[] weights = Bytes((rows * wRow) + 1, -128), activations = Bytes((tokens * aRow) + 1, kind == 1 ? -128 : 127);
        var panelsOfRows = (rows + Int8Kernel.PanelRows - 1) / Int8Kernel.PanelRows;
        var panelsOfTokens = (tokens + kernel.PanelTokens - 1) / kernel.PanelTokens;
        using var packedWeights = new NativeBuffer(panelsOfRows * kernel.WeightPanelBytes(depth));
        using var packedActivations = new NativeBuffer(panelsOfTokens * kernel.ActivationPanelBytes(depth));
        foreach (var buffer in new[] { packedWeights, packedActivations }) new Span<byte>(buffer.Pointer, (int)buffer.Bytes).Fill(0x77);
        var c = new int[(tokens * cRow) + 1];
        Array.Fill(c, Untouched);
        fixed (sbyte* w = weights, a = activations)
        fixed (int* to = c)
        {
            for (var panel = 0; panel < panelsOfRows; panel++)
            {
                var first = panel * Int8Kernel.PanelRows;
                kernel.PackWeights(w + (first * wRow), wRow, Math.Min(Int8Kernel.PanelRows, rows - first), depth, (byte*)packedWeights.Pointer + (panel * kernel.WeightPanelBytes(depth)));
            }
            for (var panel = 0; panel < panelsOfTokens; panel++)
            {
                var first = panel * kernel.PanelTokens;
                kernel.PackActivations(a + (first * aRow), aRow, Math.Min(kernel.PanelTokens, tokens - first), depth, (byte*)packedActivations.Pointer + (panel * kernel.ActivationPanelBytes(depth)));
            }
            kernel.Multiply((byte*)packedWeights.Pointer, rows, (byte*)packedActivations.Pointer, tokens, depth, to, cRow);
        }
        for (var at = 0; at < c.Length; at++)
        {
            var (t, r) = Math.DivRem(at, cRow);
            long expected = t < tokens && r < rows ? 0 : Untouched;
            if (t < tokens && r < rows)
                for (var k = 0; k < depth; k++) expected += activations[(t * aRow) + k] * weights[(r * wRow) + k];
            if (c[at] != expected) return false;
        }
        return true;
    }
}
