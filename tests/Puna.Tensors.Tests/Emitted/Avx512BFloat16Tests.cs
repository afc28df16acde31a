using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The product of the avx512bf16 tier with operands of either kind: rows that are bf16 already are read as they lie.</summary>
public class Avx512BFloat16Tests
{
    [SkippableFact]
    public void Any_shape_transpose_alignment_and_kind_of_operand_gives_the_sums_of_rounded_operands()
    {
        using var bench = Bench();
        var shapes = from m in Gen.Choose(1, 70) from n in Gen.Choose(1, 130) from k in Gen.Choose(1, 90) from options in Gen.Choose(0, 63) select (m, n, k, options);
        Prop.ForAll(shapes.ToArbitrary(), shape => bench.Check(shape.m, shape.n, shape.k, shape.options)).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void Every_size_of_the_last_tiles_gives_the_sums()
    {
        using var bench = Bench();
        for (var rows = 1; rows <= 17; rows++)
            for (var columns = 1; columns <= 49; columns += 4)
                for (var options = 0; options < 64; options += 16) bench.Check(rows, columns, 2 + rows + columns, options).ShouldBeTrue($"{rows} x {columns}, options {options}");
    }

    [SkippableFact]
    public void Depths_beyond_one_block_and_shared_pieces_give_the_sums()
    {
        using var bench = Bench();
        foreach (var k in new[] { 511, 512, 513, 1030 })
            for (var options = 0; options < 64; options++) bench.Check(33, 17, k, options).ShouldBeTrue($"k {k}, options {options}");
        bench.Check(301, 100, 40, 16).ShouldBeTrue("several blocks of rows in one call");
        bench.Check(17, 401, 40, 52).ShouldBeTrue("several pieces of columns");
    }

    private static ProductBench Bench()
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForBFloat16 is null, $"{ProcessorFeatures.Current.MissingForBFloat16}");
        return new ProductBench(Avx512BFloat16Kernel.Shared);
    }
}
