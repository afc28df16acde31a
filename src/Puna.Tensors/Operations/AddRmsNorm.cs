namespace Puna.Tensors;

/// <summary>
/// The residual connection and the norm behind it in one pass: s = x + branch, y = RMSNorm(s)·w (see <see cref="RmsNorm"/>). All [rows, C], w [C].
/// The gradient of s is gathered in one memory that x and branch then share. So branch must have been computed from x by way of something else, as a
/// block's norm (its gradient is then used before that of x grows further, and not by what makes it grow), and nothing else may read it.
/// </summary>
public static class AddRmsNorm
{
    /// <summary>Adds and normalises.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="x">[rows, C].</param>
    /// <param name="branch">[rows, C].</param>
    /// <param name="weight">[C].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="forProducts">Whether only matrix products read y: where these round to bf16 anyway it is kept so, in half the memory.</param>
    /// <returns>The residual stream s and the normalised y.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit.</exception>
    public static (Tensor Sum, Tensor Normalized) Apply(Tape tape, Tensor x, Tensor branch, Tensor weight, double epsilon, bool forProducts = false)
    {
        if (x.Shape != branch.Shape || weight.Count != x.Shape.Columns) throw new ArgumentException($"add and rms norm: x {x.Shape}, branch {branch.Shape} and weight {weight.Shape} do not fit");
        var sum = tape.New(x, x.Shape);
        var y = forProducts ? tape.NewOperand(x, x.Shape) : tape.New(x, x.Shape);
        var inverse = tape.New(x, new Shape(x.Shape.Rows));
        tape.KernelsFor(x).AddRmsNormForward(x, branch, weight, sum, y, inverse, epsilon);
        sum.RequiresGradient = tape.Recording && (x.RequiresGradient || branch.RequiresGradient);
        y.RequiresGradient = tape.Recording && (sum.RequiresGradient || weight.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(x, branch, weight, sum, y, inverse);
        return (sum, y);
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _branch = null!, _weight = null!, _sum = null!, _y = null!, _inverse = null!;

        public void Set(Tensor x, Tensor branch, Tensor weight, Tensor sum, Tensor y, Tensor inverse) => (_x, _branch, _weight, _sum, _y, _inverse) = (x, branch, weight, sum, y, inverse);

        public override void Backward(Tape tape)
        {
            var kernels = tape.KernelsFor(_x);
            if (_y.Gradient is { } dy) kernels.RmsNormBackward(_sum, _weight, _inverse, dy, tape.GradientOf(_sum, out var add), add, tape.GradientOf(_weight, out var addWeight), addWeight);
            if (_sum.Gradient is not { } gradient) return;
            Pass(tape, _branch, gradient);
            Pass(tape, _x, gradient);
        }

        private static void Pass(Tape tape, Tensor input, Tensor gradient)
        {
            if (!input.RequiresGradient) return;
            if (input.Gradient is null) input.Gradient = gradient;
            else Add.Pass(tape, input, gradient);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void AddRmsNormForward(Tensor x, Tensor branch, Tensor weight, Tensor sum, Tensor y, Tensor inverse, double epsilon);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void AddRmsNormForward(Tensor x, Tensor branch, Tensor weight, Tensor sum, Tensor y, Tensor inverse, double epsilon)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new AddRmsNormJob(x.Pointer<T>(), branch.Pointer<T>(), weight.Pointer<T>(), sum.Pointer<T>(), Output<T, V>.Of(y), inverse.Pointer<T>(), x.Shape.Rows, columns, per, epsilon));
    }

    private readonly struct AddRmsNormJob(T* x, T* branch, T* weight, T* sum, Output<T, V> y, T* inverse, long rows, int columns, int per, double epsilon) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++) Row(r, x + (r * columns), branch + (r * columns), sum + (r * columns), y.At(r * columns));
        }

        private void Row(long r, T* a, T* b, T* s, Output<T, V> result)
        {
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) V.Store(V.Load(a + i) + V.Load(b + i), s + i);
            for (; i < columns; i++) s[i] = Scalar.Add(a[i], b[i]);
            var scale = Scalar.From<T>(1 / Math.Sqrt((Scalar.ToDouble(VectorLoops<T, V>.Dot(s, s, columns)) / columns) + epsilon)); // as RmsNorm computes it, to the bit
            inverse[r] = scale;
            var factor = V.Create(scale);
            for (i = 0; i <= columns - V.Count; i += V.Count) result.Store(V.Load(s + i) * factor * V.Load(weight + i), i);
            for (; i < columns; i++) result.Store(Scalar.Multiply(Scalar.Multiply(s[i], scale), weight[i]), i);
        }
    }
}
