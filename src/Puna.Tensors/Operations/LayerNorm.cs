namespace Puna.Tensors;

/// <summary>
/// y = (x − mean) / √(variance + ε) · w + b for each row, population variance. x [rows, C], w and b [C]. Ba et al. 2016; GPT-2's norm.
/// Gradients with n = (x − mean)/σ and g = w·dy: dx = (g − mean(g) − n·mean(g·n)) / σ, dw = Σ dy·n, db = Σ dy.
/// </summary>
public static class LayerNorm
{
    /// <summary>Normalises each row.</summary>
    /// <exception cref="ArgumentException">Weight or bias do not fit.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        if (weight.Count != x.Shape.Columns || bias.Count != weight.Count) throw new ArgumentException($"layer norm: x {x.Shape} does not fit weight {weight.Shape} and bias {bias.Shape}");
        var y = tape.New(x, x.Shape);
        var normal = tape.New(x, x.Shape);
        var inverse = tape.New(x, new Shape(x.Shape.Rows));
        tape.KernelsFor(x).LayerNormForward(x, weight, bias, y, normal, inverse, epsilon);
        y.RequiresGradient = tape.Recording && (x.RequiresGradient || weight.RequiresGradient || bias.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(x, weight, bias, y, normal, inverse);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _weight = null!, _bias = null!, _y = null!, _normal = null!, _inverse = null!;

        public void Set(Tensor x, Tensor weight, Tensor bias, Tensor y, Tensor normal, Tensor inverse) =>
            (_x, _weight, _bias, _y, _normal, _inverse) = (x, weight, bias, y, normal, inverse);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var kernels = tape.KernelsFor(_x);
            if (_bias.RequiresGradient) kernels.SumRows(dy, tape.GradientOf(_bias, out var addBias), addBias);
            if (_weight.RequiresGradient) kernels.SumProducts(dy, _normal, tape.GradientOf(_weight, out var addWeight), addWeight);
            if (_x.RequiresGradient) kernels.LayerNormBackward(_normal, _weight, _inverse, dy, tape.GradientOf(_x, out var add), add);
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>Also keeps n = (x − mean)/σ and 1/σ.</summary>
    internal abstract void LayerNormForward(Tensor x, Tensor weight, Tensor bias, Tensor y, Tensor normal, Tensor inverse, double epsilon);

    internal abstract void LayerNormBackward(Tensor normal, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>sum = or += Σ over rows of a·b, element by element.</summary>
    internal abstract void SumProducts(Tensor a, Tensor b, Tensor sum, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void LayerNormForward(Tensor x, Tensor weight, Tensor bias, Tensor y, Tensor normal, Tensor inverse, double epsilon)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new LayerNormForwardJob(x.Pointer<T>(), weight.Pointer<T>(), bias.Pointer<T>(), y.Pointer<T>(), normal.Pointer<T>(), inverse.Pointer<T>(), x.Shape.Rows, columns, per, epsilon));
    }

    internal override void LayerNormBackward(Tensor normal, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate)
    {
        var columns = (int)dx.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(dx.Shape.Rows, per), new LayerNormBackwardJob(normal.Pointer<T>(), weight.Pointer<T>(), inverse.Pointer<T>(), dy.Pointer<T>(), dx.Pointer<T>(), dx.Shape.Rows, columns, per, accumulate));
    }

    internal override void SumProducts(Tensor a, Tensor b, Tensor sum, bool accumulate)
    {
        var columns = (int)a.Shape.Columns;
        _pool.For(Pieces(columns, ColumnsPerPiece), new SumProductsJob(a.Pointer<T>(), b.Pointer<T>(), sum.Pointer<T>(), a.Shape.Rows, columns, accumulate));
    }

    private readonly struct LayerNormForwardJob(T* x, T* weight, T* bias, T* y, T* normal, T* inverse, long rows, int columns, int per, double epsilon) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++)
            {
                var row = x + (r * columns);
                var n = normal + (r * columns);
                var mean = Mean(row);
                Subtract(row, n, Scalar.From<T>(mean));
                var variance = Scalar.ToDouble(VectorLoops<T, V>.Dot(n, n, columns)) / columns;
                var scale = Scalar.From<T>(1 / Math.Sqrt(variance + epsilon));
                inverse[r] = scale;
                VectorLoops<T, V>.Scale(scale, n, columns);
                Affine(n, y + (r * columns));
            }
        }

        private double Mean(T* row)
        {
            V sum = default;
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) sum += V.Load(row + i);
            var total = Scalar.ToDouble(V.Sum(sum));
            for (; i < columns; i++) total += Scalar.ToDouble(row[i]);
            return total / columns;
        }

        private void Subtract(T* row, T* n, T mean)
        {
            var m = V.Create(mean);
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) V.Store(V.Load(row + i) - m, n + i);
            for (; i < columns; i++) n[i] = Scalar.Subtract(row[i], mean);
        }

        private void Affine(T* n, T* result)
        {
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(n + i), V.Load(weight + i), V.Load(bias + i)), result + i);
            for (; i < columns; i++) result[i] = Scalar.Add(Scalar.Multiply(n[i], weight[i]), bias[i]);
        }
    }

    private readonly struct LayerNormBackwardJob(T* normal, T* weight, T* inverse, T* dy, T* dx, long rows, int columns, int per, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++) Row(normal + (r * columns), inverse[r], dy + (r * columns), dx + (r * columns));
        }

        private void Row(T* n, T scale, T* dRow, T* result)
        {
            V sum = default, sumN = default;
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count)
            {
                var g = V.Load(weight + i) * V.Load(dRow + i);
                sum += g;
                sumN = V.MultiplyAdd(g, V.Load(n + i), sumN);
            }
            T total = V.Sum(sum), totalN = V.Sum(sumN);
            for (; i < columns; i++)
            {
                var g = Scalar.Multiply(weight[i], dRow[i]);
                total = Scalar.Add(total, g);
                totalN = Scalar.Add(totalN, Scalar.Multiply(g, n[i]));
            }
            var mean = Scalar.From<T>(Scalar.ToDouble(total) / columns);
            var meanN = Scalar.From<T>(Scalar.ToDouble(totalN) / columns);
            var m = V.Create(mean);
            var mn = V.Create(meanN);
            var s = V.Create(scale);
            for (i = 0; i <= columns - V.Count; i += V.Count)
            {
                var d = ((V.Load(weight + i) * V.Load(dRow + i)) - m - (V.Load(n + i) * mn)) * s;
                V.Store(accumulate ? d + V.Load(result + i) : d, result + i);
            }
            for (; i < columns; i++)
            {
                var g = Scalar.Subtract(Scalar.Subtract(Scalar.Multiply(weight[i], dRow[i]), mean), Scalar.Multiply(n[i], meanN));
                var d = Scalar.Multiply(g, scale);
                result[i] = accumulate ? Scalar.Add(d, result[i]) : d;
            }
        }
    }

    private readonly struct SumProductsJob(T* a, T* b, T* sum, long rows, int columns, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = index * ColumnsPerPiece;
            var width = Math.Min(ColumnsPerPiece, columns - first);
            var total = stackalloc T[ColumnsPerPiece];
            new Span<T>(total, ColumnsPerPiece).Clear();
            for (long r = 0; r < rows; r++)
            {
                var x = a + (r * columns) + first;
                var y = b + (r * columns) + first;
                var i = 0;
                for (; i <= width - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(x + i), V.Load(y + i), V.Load(total + i)), total + i);
                for (; i < width; i++) total[i] = Scalar.Add(total[i], Scalar.Multiply(x[i], y[i]));
            }
            VectorLoops<T, V>.CopyOrAdd(total, sum + first, width, accumulate);
        }
    }
}
