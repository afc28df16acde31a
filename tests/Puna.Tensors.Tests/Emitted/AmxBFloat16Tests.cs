using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// The product of the amx tier, executed by an interpreter so that it is tested on every machine; one that has the unit runs it too, in the tests of all tiers.
/// </summary>
public unsafe class AmxBFloat16Tests
{
    private const string PackingNeedsAvx512 = "packing needs AVX-512, which this machine lacks";

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_shape_transpose_and_alignment_gives_the_sums_of_rounded_operands(bool windows)
    {
        using var bench = new ProductBench(windows);
        var shapes = from m in Gen.Choose(1, 70) from n in Gen.Choose(1, 100) from k in Gen.Choose(1, 90) from options in Gen.Choose(0, 63) select (m, n, k, options);
        Prop.ForAll(shapes.ToArbitrary(), shape => bench.Check(shape.m, shape.n, shape.k, shape.options)).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void Every_size_of_the_last_tiles_gives_the_sums()
    {
        using var bench = new ProductBench(windows: false);
        for (var size = 1; size <= 33; size++)
        {
            bench.Check(size, 34 - size, 31 + size, size % 64).ShouldBeTrue($"{size} rows");
            bench.Check(32 + size, size, size, 15 - (size % 64)).ShouldBeTrue($"{size} columns");
        }
    }

    [SkippableFact]
    public void Depths_beyond_one_block_and_shared_pieces_give_the_sums()
    {
        using var bench = new ProductBench(windows: false);
        foreach (var k in new[] { 511, 512, 513, 1030 })
            for (var options = 0; options < 64; options++) bench.Check(33, 17, k, options).ShouldBeTrue($"k {k}, options {options}");
        bench.Check(301, 100, 40, 2).ShouldBeTrue("several blocks of rows in one call");
        bench.Check(17, 401, 40, 6).ShouldBeTrue("several pieces of columns");
    }

    [SkippableFact]
    public void The_first_steps_of_a_panel_of_columns_are_a_panel_of_less_depth()
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAvx512 is null, PackingNeedsAvx512);
        var kernel = new AmxBFloat16Kernel(bodies => new InterpretedFunctions(bodies, windows: false));
        const int Depth = 96, Used = 64, Rows = 3;
        foreach (var columns in new[] { 5, 16, 29, 32 })
        {
            float[] x = [.. Numbers.Normal(Rows * Depth, 1).Select(v => (float)v)], y = [.. Numbers.Normal(Depth * columns, 2).Select(v => (float)v)];
            uint[] a = new uint[32 * Used / 2], deep = new uint[32 * Depth / 2], shallow = new uint[32 * Used / 2];
            float[] found = new float[Rows * columns], expected = new float[Rows * columns];
            fixed (float* px = x, py = y, pFound = found, pExpected = expected)
            fixed (uint* pa = a, pDeep = deep, pShallow = shallow)
            {
                kernel.PackRows(new(px, Depth, 1, false), Rows, Used, pa);
                kernel.PackColumns(new(py, columns, 1, false), columns, Depth, pDeep);
                kernel.PackColumns(new(py, columns, 1, false), columns, Used, pShallow);
                kernel.Multiply(pa, Rows, pDeep, columns, Used / 2, pFound, columns, accumulate: false);
                kernel.Multiply(pa, Rows, pShallow, columns, Used / 2, pExpected, columns, accumulate: false);
            }
            expected.ShouldContain(value => value != 0);
            found.ShouldBe(expected, $"{columns} columns");
        }
    }

    [SkippableFact]
    public void Nothing_outside_the_operands_is_read_or_written()
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAvx512 is null, PackingNeedsAvx512);
        InterpretedFunctions? functions = null;
        var kernel = new AmxBFloat16Kernel(bodies => functions = new InterpretedFunctions(bodies, windows: false));
        foreach (var (rows, columns, depth) in new[] { (1, 1, 1), (32, 32, 32), (33, 31, 33), (100, 17, 65), (16, 16, 64), (47, 5, 95) })
        {
            var (pairs, cRow) = (TilePacking.Pairs(depth), columns + 3);
            var padded = (rows + 31) / 32 * 32;
            using var a = new NativeBuffer((long)padded * pairs * sizeof(uint));
            using var b = new NativeBuffer((columns + 15L) / 16 * 16 * pairs * sizeof(uint));
            using var c = new NativeBuffer((((rows - 1L) * cRow) + columns) * sizeof(float));
            functions!.Allowed.Clear();
            foreach (var buffer in new[] { a, b, c }) functions.Allowed.Add(((nint)buffer.Pointer, buffer.Bytes));
            kernel.Multiply((uint*)a.Pointer, rows, (uint*)b.Pointer, columns, pairs, (float*)c.Pointer, cRow, accumulate: rows % 2 == 0);
            functions.Allowed.RemoveAt(1);
            Should.Throw<ProcessorFault>(() => kernel.Multiply((uint*)a.Pointer, rows, (uint*)b.Pointer, columns, pairs, (float*)c.Pointer, cRow, accumulate: false)).Message.ShouldContain("outside the operands");
        }
    }

    [SkippableFact]
    public void The_interpreter_computes_the_bits_of_the_tile_unit()
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAmxBFloat16 is null, $"{ProcessorFeatures.Current.MissingForAmxBFloat16}");
        using var interpreted = new ProductBench(windows: OperatingSystem.IsWindows());
        using var real = new ProductBench(AmxBFloat16Kernel.Shared);
        foreach (var (m, n, k) in new[] { (1, 1, 1), (33, 31, 33), (70, 90, 600) }) real.Product(m, n, k, 0).ShouldBe(interpreted.Product(m, n, k, 0));
    }

    [SkippableFact]
    public void Packing_rows_from_either_order_gives_the_same_tiles()
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAvx512 is null, PackingNeedsAvx512);
        foreach (var (rows, depth) in new[] { (16, 32), (16, 33), (7, 31), (1, 1), (15, 100) })
        {
            float[] along = [.. Numbers.Normal(rows * depth, 3).Select(x => (float)x)], across = new float[rows * depth];
            for (var i = 0; i < rows; i++)
                for (var k = 0; k < depth; k++) across[(k * rows) + i] = along[(i * depth) + k];
            uint[] one = new uint[16 * TilePacking.Pairs(depth)], other = new uint[one.Length];
            fixed (float* x = along, y = across)
            fixed (uint* to = one, too = other)
            {
                TilePacking.PackRows(x, depth, 1, rows, depth, to);
                TilePacking.PackRows(y, 1, rows, rows, depth, too);
            }
            one.ShouldBe(other, $"{rows} rows, depth {depth}");
            for (var i = 0; i < rows; i++)
                for (var k = 0; k < depth; k++)
                {
                    var pair = one[(k / 32 * 256) + (i * 16) + (k / 2 % 16)];
                    BitConverter.UInt32BitsToSingle(k % 2 == 0 ? pair << 16 : pair & 0xFFFF0000).ShouldBe(along[(i * depth) + k], 0.004 * Math.Abs(along[(i * depth) + k]));
                }
        }
    }
}
