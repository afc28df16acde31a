namespace Puna.Tensors;

/// <summary>
/// y = x·Wᵀ + b. x [rows, K], W [N, K] as every checkpoint stores it, b [N] or none, y [rows, N].
/// Gradients: dx = dy·W, dW = dyᵀ·x, db = Σ rows of dy.
/// </summary>
public static class Linear
{
    /// <summary>Computes y and records the operation where a gradient is wanted.</summary>
    /// <exception cref="ArgumentException">Shapes that do not fit; the message has both.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (weight.Shape.Rank != 2 || x.Shape.Columns != weight.Shape[1]) throw new ArgumentException($"linear: x {x.Shape} does not fit weight {weight.Shape}");
        if (bias is not null && bias.Count != weight.Shape[0]) throw new ArgumentException($"linear: bias {bias.Shape} does not fit weight {weight.Shape}");
        var kernels = tape.KernelsFor(x);
        var y = tape.New(x, new Shape(x.Shape.Rows, weight.Shape[0]));
        kernels.Product(x, false, weight, true, y, false, tape.Rounds);
        if (bias is not null) kernels.AddToRows(bias, y);
        y.RequiresGradient = tape.Recording && (x.RequiresGradient || weight.RequiresGradient || bias is { RequiresGradient: true });
        if (y.RequiresGradient) tape.Record<Node>().Set(x, weight, bias, y);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _weight = null!, _y = null!;
        private Tensor? _bias;

        public void Set(Tensor x, Tensor weight, Tensor? bias, Tensor y) => (_x, _weight, _bias, _y) = (x, weight, bias, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var kernels = tape.KernelsFor(_x);
            if (_weight.RequiresGradient)
            {
                var dw = tape.GradientOf(_weight, out var add);
                kernels.Product(dy, true, _x, false, dw, add, tape.Rounds);
            }
            if (_bias is { RequiresGradient: true })
            {
                var db = tape.GradientOf(_bias, out var add);
                kernels.SumRows(dy, db, add);
            }
            if (_x.RequiresGradient)
            {
                var dx = tape.GradientOf(_x, out var add);
                kernels.Product(dy, false, _weight, false, dx, add, tape.Rounds);
            }
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>c = or += op(a)·op(b) on matrices [rows, columns], where op transposes if asked.</summary>
    internal abstract void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, bool round);

    /// <summary>Adds a vector to every row.</summary>
    internal abstract void AddToRows(Tensor vector, Tensor rows);

    /// <summary>sum = or += the sum of all rows.</summary>
    internal abstract void SumRows(Tensor rows, Tensor sum, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, bool round)
    {
        var left = ProductOperand<T>.RowMajor(a.Pointer<T>(), (nint)a.Shape.Columns);
        var right = ProductOperand<T>.RowMajor(b.Pointer<T>(), (nint)b.Shape.Columns);
        var (m, k) = transposeA ? (a.Shape.Columns, a.Shape.Rows) : (a.Shape.Rows, a.Shape.Columns);
        Multiply(checked((int)m), checked((int)c.Shape.Columns), checked((int)k),
            transposeA ? left.Transposed : left, transposeB ? right.Transposed : right, c.Pointer<T>(), (nint)c.Shape.Columns, accumulate, round);
    }

    internal override void AddToRows(Tensor vector, Tensor rows)
    {
        var columns = (int)rows.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(rows.Shape.Rows, per), new AddToRowsJob(vector.Pointer<T>(), rows.Pointer<T>(), rows.Shape.Rows, columns, per));
    }

    internal override void SumRows(Tensor rows, Tensor sum, bool accumulate)
    {
        var columns = (int)rows.Shape.Columns;
        _pool.For(Pieces(columns, ColumnsPerPiece), new SumRowsJob(rows.Pointer<T>(), sum.Pointer<T>(), rows.Shape.Rows, columns, accumulate));
    }

    /// <summary>Columns a piece of a column-wise sum takes: such sums run down the rows in order, so their bits do not depend on the threads.</summary>
    private const int ColumnsPerPiece = 32;

    private readonly struct AddToRowsJob(T* vector, T* rows, long count, int columns, int per) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(count, (index + 1L) * per); r++)
                VectorLoops<T, V>.CopyOrAdd(vector, rows + (r * columns), columns, true);
        }
    }

    private readonly struct SumRowsJob(T* rows, T* sum, long count, int columns, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = index * ColumnsPerPiece;
            var width = Math.Min(ColumnsPerPiece, columns - first);
            if (!accumulate) new Span<T>(sum + first, width).Clear();
            for (long r = 0; r < count; r++) VectorLoops<T, V>.CopyOrAdd(rows + (r * columns) + first, sum + first, width, true);
        }
    }
}
