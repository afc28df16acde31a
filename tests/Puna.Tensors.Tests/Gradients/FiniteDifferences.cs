using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>An input of an operation under test: its numbers and shape.</summary>
internal readonly record struct Given(double[] Values, Shape Shape)
{
    public static Given Normal(ulong seed, params long[] dimensions)
    {
        var shape = Shape.From(dimensions);
        return new(Numbers.Normal(shape.Count, seed), shape);
    }
}

/// <summary>Compares the backward pass in double with central differences of Σ y·dy, dy random, for a sample of each input's elements.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;
    private const double Tolerance = 2e-8;
    private const int Sample = 60;

    public delegate Tensor Operation(Bench bench, Tensor[] inputs);

    /// <summary>Checks the gradients as written, as added to what is there, and with every input used twice.</summary>
    public static void Check(Operation operation, params Given[] inputs)
    {
        Compare(operation, inputs, 0);
        Compare(operation, inputs, 0.5);
        Compare((bench, x) => Add.Apply(bench.Tape, operation(bench, x), operation(bench, x)), inputs, 0);
    }

    /// <summary>Compares once; gradients start at <paramref name="existing"/> where that is not zero.</summary>
    public static void Compare(Operation operation, Given[] inputs, double existing)
    {
        using var bench = new Bench();
        Tensor[] leaves = [.. inputs.Select(input => bench.Leaf(input.Values, input.Shape))];
        if (existing != 0)
        {
            foreach (var leaf in leaves)
            {
                leaf.Gradient = new Tensor(DType.Float64, leaf.Shape);
                leaf.Gradient.Span<double>().Fill(existing);
            }
        }
        var y = operation(bench, leaves);
        var dy = Numbers.Normal(y.Count, 77);
        if (y.Count == 1) dy[0] = 1;
        y.Gradient = bench.Constant(dy, y.Shape);
        bench.Tape.Backward();
        double[][] gradients = [.. leaves.Select(leaf => Bench.Read(leaf.Gradient.ShouldNotBeNull()))];
        for (var i = 0; i < inputs.Length; i++)
        {
            var stride = Math.Max(1, inputs[i].Values.Length / Sample);
            for (var j = 0; j < inputs[i].Values.Length; j += stride)
            {
                var expected = existing + Slope(bench, operation, inputs, i, j, dy);
                var error = Math.Abs(gradients[i][j] - expected) / Math.Max(1, Math.Abs(expected));
                error.ShouldBeLessThan(Tolerance, $"input {i}, element {j}: {gradients[i][j]} instead of {expected}");
            }
        }
    }

    private static double Slope(Bench bench, Operation operation, Given[] inputs, int input, int element, double[] dy) =>
        (Value(bench, operation, inputs, input, element, Step, dy) - Value(bench, operation, inputs, input, element, -Step, dy)) / (2 * Step);

    private static double Value(Bench bench, Operation operation, Given[] inputs, int input, int element, double step, double[] dy)
    {
        bench.Tape.Reset();
        Tensor[] leaves = [.. inputs.Select(x => bench.Leaf(x.Values, x.Shape))];
        leaves[input].Span<double>()[element] += step;
        var y = operation(bench, leaves);
        var sum = 0.0;
        var values = y.Span<double>();
        for (var i = 0; i < dy.Length; i++) sum += values[i] * dy[i];
        GC.KeepAlive(leaves);
        return sum;
    }
}
