namespace Puna.Tensors;

/// <summary>
/// y = x · r · w with r = 1 / √(mean(x²) + ε) for each row. x [rows, C], w [C]. Zhang and Sennrich 2019; LLaMA section 2.2.
/// Gradients: dx = r·(w·dy − x·r²·mean(w·dy·x)), dw = Σ dy·x·r.
/// </summary>
public static class RmsNorm
{
    /// <summary>Normalises each row.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="x">[rows, C].</param>
    /// <param name="weight">[C].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="forProducts">Whether only matrix products read the result: where these round to bf16 anyway it is kept so, in half the memory.</param>
    /// <exception cref="ArgumentException">The weight does not fit.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, double epsilon, bool forProducts = false)
    {
        if (weight.Count != x.Shape.Columns) throw new ArgumentException($"rms norm: x {x.Shape} does not fit weight {weight.Shape}");
        var y = forProducts ? tape.NewOperand(x, x.Shape) : tape.New(x, x.Shape);
        var inverse = tape.New(x, new Shape(x.Shape.Rows));
        tape.KernelsFor(x).RmsNormForward(x, weight, y, inverse, epsilon);
        y.RequiresGradient = tape.Recording && (x.RequiresGradient || weight.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(x, weight, y, inverse);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _weight = null!, _y = null!, _inverse = null!;

        public void Set(Tensor x, Tensor weight, Tensor y, Tensor inverse) => (_x, _weight, _y, _inverse) = (x, weight, y, inverse);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var kernels = tape.KernelsFor(_x);
            if (_x.RequiresGradient) kernels.RmsNormBackward(_x, _weight, _inverse, dy, tape.GradientOf(_x, out var add), add);
            if (_weight.RequiresGradient) kernels.RmsNormWeightBackward(_x, _inverse, dy, tape.GradientOf(_weight, out var addWeight), addWeight);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void RmsNormForward(Tensor x, Tensor weight, Tensor y, Tensor inverse, double epsilon);

    internal abstract void RmsNormBackward(Tensor x, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate);

    internal abstract void RmsNormWeightBackward(Tensor x, Tensor inverse, Tensor dy, Tensor dWeight, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void RmsNormForward(Tensor x, Tensor weight, Tensor y, Tensor inverse, double epsilon)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new RmsNormForwardJob(x.Pointer<T>(), weight.Pointer<T>(), Output<T, V>.Of(y), inverse.Pointer<T>(), x.Shape.Rows, columns, per, epsilon));
    }

    internal override void RmsNormBackward(Tensor x, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new RmsNormBackwardJob(x.Pointer<T>(), weight.Pointer<T>(), inverse.Pointer<T>(), dy.Pointer<T>(), dx.Pointer<T>(), x.Shape.Rows, columns, per, accumulate));
    }

    internal override void RmsNormWeightBackward(Tensor x, Tensor inverse, Tensor dy, Tensor dWeight, bool accumulate)
    {
        var columns = (int)x.Shape.Columns;
        _pool.For(Pieces(columns, ColumnsPerPiece), new RmsNormWeightJob(x.Pointer<T>(), inverse.Pointer<T>(), dy.Pointer<T>(), dWeight.Pointer<T>(), x.Shape.Rows, columns, accumulate));
    }

    private readonly struct RmsNormForwardJob(T* x, T* weight, Output<T, V> y, T* inverse, long rows, int columns, int per, double epsilon) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++)
            {
                var row = x + (r * columns);
                var mean = Scalar.ToDouble(VectorLoops<T, V>.Dot(row, row, columns)) / columns;
                var scale = Scalar.From<T>(1 / Math.Sqrt(mean + epsilon));
                inverse[r] = scale;
                Multiply(row, weight, y.At(r * columns), scale);
            }
        }

        private void Multiply(T* row, T* w, Output<T, V> y, T scale)
        {
            var s = V.Create(scale);
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) y.Store(V.Load(row + i) * s * V.Load(w + i), i);
            for (; i < columns; i++) y.Store(Scalar.Multiply(Scalar.Multiply(row[i], scale), w[i]), i);
        }
    }

    private readonly struct RmsNormBackwardJob(T* x, T* weight, T* inverse, T* dy, T* dx, long rows, int columns, int per, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++) Row(x + (r * columns), inverse[r], dy + (r * columns), dx + (r * columns));
        }

        private void Row(T* row, T scale, T* dRow, T* result)
        {
            V sum = default;
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) sum = V.MultiplyAdd(V.Load(weight + i) * V.Load(dRow + i), V.Load(row + i), sum);
            var total = V.Sum(sum);
            for (; i < columns; i++) total = Scalar.Add(total, Scalar.Multiply(Scalar.Multiply(weight[i], dRow[i]), row[i]));
            var inverseScale = Scalar.ToDouble(scale);
            var factor = Scalar.From<T>(-Scalar.ToDouble(total) / columns * inverseScale * inverseScale * inverseScale);
            var s = V.Create(scale);
            var f = V.Create(factor);
            for (i = 0; i <= columns - V.Count; i += V.Count)
            {
                var d = V.MultiplyAdd(V.Load(weight + i) * V.Load(dRow + i), s, V.Load(row + i) * f);
                V.Store(accumulate ? d + V.Load(result + i) : d, result + i);
            }
            for (; i < columns; i++)
            {
                var d = Scalar.Add(Scalar.Multiply(Scalar.Multiply(weight[i], dRow[i]), scale), Scalar.Multiply(row[i], factor));
                result[i] = accumulate ? Scalar.Add(d, result[i]) : d;
            }
        }
    }

    private readonly struct RmsNormWeightJob(T* x, T* inverse, T* dy, T* dWeight, long rows, int columns, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = index * ColumnsPerPiece;
            var width = Math.Min(ColumnsPerPiece, columns - first);
            var sum = stackalloc T[ColumnsPerPiece];
            new Span<T>(sum, ColumnsPerPiece).Clear();
            for (long r = 0; r < rows; r++)
            {
                var row = x + (r * columns) + first;
                var dRow = dy + (r * columns) + first;
                var s = V.Create(inverse[r]);
                var i = 0;
                for (; i <= width - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(row + i) * s, V.Load(dRow + i), V.Load(sum + i)), sum + i);
                for (; i < width; i++) sum[i] = Scalar.Add(sum[i], Scalar.Multiply(Scalar.Multiply(row[i], inverse[r]), dRow[i]));
            }
            VectorLoops<T, V>.CopyOrAdd(sum, dWeight + first, width, accumulate);
        }
    }
}
