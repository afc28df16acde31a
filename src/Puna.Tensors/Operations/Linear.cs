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
        else tape.MarkGradientOperand(y);
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
            bool addWeight = false, addInput = false;
            var dw = _weight.RequiresGradient ? tape.GradientOf(_weight, out addWeight) : null;
            var dx = _x.RequiresGradient ? tape.GradientOf(_x, out addInput) : null;
            if (dw is not null && dx is not null) kernels.Products(tape.Rounds, new(dy, true, _x, false, dw, addWeight), new(dy, false, _weight, false, dx, addInput));
            else if (dw is not null) kernels.Product(dy, true, _x, false, dw, addWeight, tape.Rounds);
            else if (dx is not null) kernels.Product(dy, false, _weight, false, dx, addInput, tape.Rounds);
            if (_bias is { RequiresGradient: true })
            {
                var db = tape.GradientOf(_bias, out var add);
                kernels.SumRows(dy, db, add);
            }
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>
    /// Several products c = or += op(a)·op(b) on matrices [rows, columns], where op transposes if asked. None needs the result of another, but one
    /// may add to the result of the one before it.
    /// </summary>
    internal abstract void Products(bool round, params ReadOnlySpan<ProductCall> calls);

    /// <summary>One product.</summary>
    internal void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, bool round) =>
        Products(round, new ProductCall(a, transposeA, b, transposeB, c, accumulate));

    /// <summary>Adds a vector to every row.</summary>
    internal abstract void AddToRows(Tensor vector, Tensor rows);

    /// <summary>sum = or += the sum of all rows.</summary>
    internal abstract void SumRows(Tensor rows, Tensor sum, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Products(bool round, params ReadOnlySpan<ProductCall> calls)
    {
        if (round && _bfloat16 is not null)
        {
            Span<ProductTask> tasks = stackalloc ProductTask[calls.Length];
            for (var i = 0; i < calls.Length; i++)
            {
                ref readonly var call = ref calls[i];
                tasks[i] = new ProductTask { M = call.M, N = call.N, K = call.K, A = call.Left(), B = call.Right(), PackedB = call.B.Packed?.Form(call.TransposeB) ?? default, C = call.C.Pointer<float>(), CRow = call.N, Accumulate = call.Accumulate };
            }
            _bfloat16.Run(_scratch, tasks);
            return;
        }
        foreach (ref readonly var call in calls)
            MatrixProduct<T, V>.Run(_pool, _scratch, call.M, call.N, call.K, call.Left<T>(), call.Right<T>(), call.C.Pointer<T>(), call.N, call.Accumulate, round);
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
