using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Attention against a plain reference and finite differences, with sizes beyond the blocks of 64 queries and 128 keys.</summary>
public class AttentionGradientTests
{
    public static TheoryData<int, int, int, int, int, bool, int, bool> Cases => new()
    {
        // batch, T, S, heads, key heads, causal, window, documents
        { 2, 5, 5, 2, 2, true, 0, false },
        { 2, 5, 5, 4, 2, true, 0, true },
        { 2, 5, 9, 4, 1, true, 0, false },
        { 1, 7, 7, 2, 1, false, 0, false },
        { 2, 7, 7, 2, 1, false, 0, true },
        { 1, 9, 12, 2, 2, true, 3, false },
        { 1, 9, 12, 2, 2, false, 3, true },
        { 2, 1, 12, 4, 2, true, 0, false },
        { 2, 2, 12, 4, 2, true, 5, true },
        { 1, 150, 150, 2, 1, true, 0, false },
        { 1, 150, 150, 2, 1, true, 0, true },
        { 1, 70, 290, 2, 2, true, 0, false },
        { 1, 70, 290, 2, 2, true, 140, true },
        { 1, 140, 140, 2, 1, false, 0, false },
        { 1, 129, 257, 1, 1, false, 130, false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_agrees_with_the_plain_formula_and_its_slopes(int batch, int t, int s, int heads, int keyHeads, bool causal, int window, bool packed)
    {
        const int Size = 5;
        var shape = new AttentionShape(batch, heads, keyHeads, Size, causal, window);
        int[]? documents = packed ? [.. Enumerable.Range(0, batch * s).Select(i => i % s * 3 / s)] : null;
        Given[] inputs = [Given.Normal(1, batch * t, heads * Size), Given.Normal(2, batch * s, keyHeads * Size), Given.Normal(3, batch * s, keyHeads * Size)];
        FiniteDifferences.Operation attend = (bench, x) => Attention.Apply(bench.Tape, x[0], x[1], x[2], shape, documents is null ? null : Bench.Integers(documents));

        using (var bench = new Bench())
        {
            var y = attend(bench, [.. inputs.Select(input => bench.Constant(input.Values, input.Shape))]);
            Numbers.Largest(Bench.Read(y), Plain(shape, t, s, [.. inputs.Select(input => input.Values)], documents)).ShouldBeLessThan(1e-13);
        }
        if (s < 100) FiniteDifferences.Check(attend, inputs);
        else FiniteDifferences.Compare(attend, inputs, 0.5);
    }

    [Theory]
    [InlineData(1, 2, 12, 2, 1, true, 0)]
    [InlineData(2, 7, 9, 4, 2, true, 5)]
    [InlineData(2, 6, 6, 2, 2, true, 0)]
    [InlineData(1, 70, 140, 2, 1, true, 100)]
    public void Dropped_weights_have_the_slopes_of_what_is_left(int batch, int t, int s, int heads, int keyHeads, bool causal, int window)
    {
        const int Size = 5;
        var shape = new AttentionShape(batch, heads, keyHeads, Size, causal, window);
        Given[] inputs = [Given.Normal(1, batch * t, heads * Size), Given.Normal(2, batch * s, keyHeads * Size), Given.Normal(3, batch * s, keyHeads * Size)];
        FiniteDifferences.Operation attend = (bench, x) => Attention.Apply(bench.Tape, x[0], x[1], x[2], shape, dropout: new(0.3, new DropoutKey(5, 1, 0, 7)));
        if (s < 100) FiniteDifferences.Check(attend, inputs);
        else FiniteDifferences.Compare(attend, inputs, 0.5);
    }

    [Fact]
    public void Queries_keys_and_values_may_be_one_tensor() => FiniteDifferences.Check(
        (bench, x) => Attention.Apply(bench.Tape, x[0], x[0], x[0], new AttentionShape(1, 2, 2, 3)), Given.Normal(1, 6, 6));

    [Fact]
    public void An_input_that_wants_no_gradient_gets_none()
    {
        using var bench = new Bench();
        var q = bench.Leaf(Numbers.Normal(36, 1), new Shape(6, 6));
        var k = bench.Constant(Numbers.Normal(36, 2), new Shape(6, 6));
        bench.Tape.Backward(CrossEntropy.Apply(bench.Tape, Attention.Apply(bench.Tape, q, k, k, new AttentionShape(1, 2, 2, 3)), Bench.Integers([0, 1, 2, 3, 4, 5])).Loss);
        q.Gradient.ShouldNotBeNull();
        k.Gradient.ShouldBeNull();
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var bench = new Bench();
        Tensor q = bench.Constant(new double[24], new Shape(4, 6)), k = bench.Constant(new double[12], new Shape(2, 6));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, q, q, new AttentionShape(1, 3, 2, 2)));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, q, q, new AttentionShape(3, 2, 2, 3)));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, k, k, new AttentionShape(1, 2, 2, 3)));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, q, q, new AttentionShape(0, 2, 2, 3)));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, q, q, new AttentionShape(1, 2, 0, 3)));
        Should.Throw<ArgumentException>(() => Attention.Apply(bench.Tape, q, q, q, new AttentionShape(1, 2, 2, 3), Bench.Integers([0, 0])));
    }

    private static double[] Plain(AttentionShape shape, int queries, int keys, double[][] x, int[]? documents)
    {
        var (heads, size, group) = (shape.Heads, shape.HeadSize, shape.Heads / shape.KeyValueHeads);
        var y = new double[x[0].Length];
        for (var b = 0; b < shape.Batch; b++)
            for (var h = 0; h < heads; h++)
                for (var t = 0; t < queries; t++)
                {
                    var at = keys - queries + t;
                    var row = (((b * queries) + t) * heads * size) + (h * size);
                    int Key(int s) => (((b * keys) + s) * shape.KeyValueHeads * size) + (h / group * size);
                    bool Sees(int s) => (!shape.Causal || s <= at) && (shape.Window == 0 || s > at - shape.Window) && (documents is null || documents[(b * keys) + s] == documents[(b * keys) + at]);
                    int[] seen = [.. Enumerable.Range(0, keys).Where(Sees)];
                    double[] weights = [.. seen.Select(s => Math.Exp(Enumerable.Range(0, size).Sum(d => x[0][row + d] * x[1][Key(s) + d]) / Math.Sqrt(size)))];
                    for (var d = 0; d < size; d++) y[row + d] = seen.Select((s, i) => weights[i] * x[2][Key(s) + d]).Sum() / weights.Sum();
                }
        return y;
    }
}
