using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Shapes, views, copies, and numbers read in the wrong type.</summary>
public unsafe class TensorTests
{
    [Fact]
    public void A_shape_knows_its_rank_count_rows_and_columns()
    {
        var shape = new Shape(2, 3, 5);
        (shape.Rank, shape.Count, shape.Rows, shape.Columns, shape[1]).ShouldBe((3, 30L, 6L, 5L, 3L));
        shape.ToString().ShouldBe("[2, 3, 5]");
        Shape.From([2, 3, 5]).ShouldBe(shape);
        (Shape.From([2, 15]) != shape).ShouldBeTrue();
        new Shape(3, 0).Rows.ShouldBe(0);
        Shape.From([]).Count.ShouldBe(1);
        new Shape(2, 3).GetHashCode().ShouldBe(new Shape(2, 3).GetHashCode());
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new Shape(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => new Shape(2, 3)[2]);
        Should.Throw<ArgumentException>(() => Shape.From([1, 2, 3, 4, 5]));
        Should.Throw<OverflowException>(() => new Shape(1L << 40, 1L << 40).Count);
    }

    [Fact]
    public void Views_and_rows_share_the_memory()
    {
        var tensor = new Tensor(DType.Float32, new Shape(4, 3));
        tensor.View(new Shape(2, 6)).Span<float>()[7] = 5;
        tensor.Rows(2, 1).Span<float>()[1].ShouldBe(5);
        tensor.Rows(4, 0).Count.ShouldBe(0);
        tensor.Rows(1, 3).Shape.ShouldBe(new Shape(3, 3));
        new Tensor(DType.Float32, new Shape(4, 3, 2)).Rows(1, 2).Shape.ShouldBe(new Shape(2, 3, 2));
        Should.Throw<ArgumentException>(() => tensor.View(new Shape(5)));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(1, -1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void Rows_outside_the_tensor_are_refused(long start, long count) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new Tensor(DType.Float32, new Shape(4, 3)).Rows(start, count));

    [Fact]
    public void Numbers_are_read_in_their_own_type_or_as_bits()
    {
        var tensor = new Tensor(DType.Float32, new Shape(2));
        tensor.Span<float>()[0] = 1;
        tensor.Span<uint>()[0].ShouldBe(0x3F800000u);
        Should.Throw<InvalidOperationException>(() => (nint)tensor.Pointer<int>()).Message.ShouldBe("a tensor of Float32 was read as Int32");
        Should.Throw<InvalidOperationException>(() => (nint)tensor.Pointer<double>());
        Should.Throw<InvalidOperationException>(() => (nint)new Tensor(DType.Int32, new Shape(2)).Pointer<float>());
        Should.Throw<InvalidOperationException>(() => (nint)new Tensor(DType.Int64, new Shape(2)).Pointer<double>());
        Should.Throw<InvalidOperationException>(() => (nint)new Tensor(DType.BFloat16, new Shape(2)).Pointer<Half>());
        new Tensor(DType.Float16, new Shape(2)).Span<Half>().Length.ShouldBe(2);
        new Tensor(DType.BFloat16, new Shape(2)).Span<ushort>().Length.ShouldBe(2);
    }

    [Fact]
    public void Copies_need_the_same_type_and_count()
    {
        Tensor a = new(DType.Float32, new Shape(2, 3)), b = new(DType.Float32, new Shape(6));
        b.Span<float>().Fill(2);
        a.CopyFrom(b);
        a.Span<float>().ToArray().ShouldAllBe(x => x == 2);
        a.Clear();
        a.Span<float>().ToArray().ShouldAllBe(x => x == 0);
        Should.Throw<ArgumentException>(() => a.CopyFrom(new Tensor(DType.Float64, new Shape(6))));
        Should.Throw<ArgumentException>(() => a.CopyFrom(new Tensor(DType.Float32, new Shape(5))));
    }

    [Fact]
    public void Kernels_refuse_labels_and_types_that_are_not_theirs()
    {
        using var bench = new Bench();
        Tensor x = bench.Constant(new double[8], new Shape(2, 4)), single = new(DType.Float32, new Shape(2, 4));
        Should.Throw<InvalidOperationException>(() => CrossEntropy.Apply(bench.Tape, x, new Tensor(DType.Float32, new Shape(2))));
        Should.Throw<InvalidOperationException>(() => Embedding.Apply(bench.Tape, x, new Tensor(DType.Int64, new Shape(2))));
        Should.Throw<InvalidOperationException>(() => SwiGlu.Apply(bench.Tape, x, single));
        Should.Throw<NotSupportedException>(() => Gelu.Apply(bench.Tape, new Tensor(DType.Float16, new Shape(2)))).Message.ShouldContain("Float16");
        Should.Throw<InvalidOperationException>(() => Gelu.Apply(bench.Tape, new Tensor(DType.BFloat16, new Shape(2)))).Message.ShouldContain("BFloat16");
        Should.Throw<ArgumentOutOfRangeException>(() => Embedding.Apply(bench.Tape, x, Bench.Integers([0, 2]))).Message.ShouldContain("token 2 at position 1");
    }
}
