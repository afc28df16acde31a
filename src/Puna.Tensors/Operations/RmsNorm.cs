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
            tape.KernelsFor(_x).RmsNormBackward(_x, _weight, _inverse, dy, tape.GradientOf(_x, out var add), add, tape.GradientOf(_weight, out var addWeight), addWeight);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void RmsNormForward(Tensor x, Tensor weight, Tensor y, Tensor inverse, double epsilon);

    internal abstract void RmsNormBackward(Tensor x, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate, Tensor dWeight, bool accumulateWeight);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void RmsNormForward(Tensor x, Tensor weight, Tensor y, Tensor inverse, double epsilon)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new RmsNormForwardJob(x.Pointer<T>(), weight.Pointer<T>(), Output<T, V>.Of(y), inverse.Pointer<T>(), x.Shape.Rows, columns, per, epsilon));
    }

    /// <summary>
    /// One pass over x and dy. Each piece of rows sums its part of the weight's gradient, and the parts are then added in order. There are never more
    /// than <see cref="MostNormPieces"/> of them, which bounds their memory.
    /// </summary>
    internal override void RmsNormBackward(Tensor x, Tensor weight, Tensor inverse, Tensor dy, Tensor dx, bool accumulate, Tensor dWeight, bool accumulateWeight)
    {
        var (rows, columns) = (x.Shape.Rows, (int)x.Shape.Columns);
        var per = Math.Max(RowsPerPiece(columns), (rows + MostNormPieces - 1) / MostNormPieces);
        var pieces = (int)((rows + per - 1) / per);
        var sums = (T*)_scratch.Shared((long)pieces * columns * sizeof(T));
        _pool.For(pieces, new RmsNormBackwardJob(x.Pointer<T>(), weight.Pointer<T>(), inverse.Pointer<T>(), dy.Pointer<T>(), dx.Pointer<T>(), sums, rows, columns, per, accumulate));
        _pool.For(Pieces(columns, SumsPerPiece), new RmsNormWeightJob(sums, dWeight.Pointer<T>(), pieces, columns, accumulateWeight));
    }

    private const int MostNormPieces = 64;
    private const int SumsPerPiece = 512; // so narrow rows need no second parallel region

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

    private readonly struct RmsNormBackwardJob(T* x, T* weight, T* inverse, T* dy, T* dx, T* sums, long rows, int columns, long per, bool accumulate) : IParallelJob
    {
        private const int RowsTogether = 4; // weight and sums are then loaded and stored once for so many rows

        public void Run(int index, int worker)
        {
            var sum = sums + ((long)index * columns);
            new Span<T>(sum, columns).Clear();
            var factors = stackalloc T[RowsTogether];
            var end = Math.Min(rows, (index + 1) * per);
            for (var r = index * per; r < end; r += RowsTogether)
            {
                var count = (int)Math.Min(RowsTogether, end - r);
                for (var i = 0; i < count; i++) factors[i] = Factor(x + ((r + i) * columns), inverse[r + i], dy + ((r + i) * columns));
                Rows(x + (r * columns), inverse + r, factors, dy + (r * columns), dx + (r * columns), sum, count);
            }
        }

        /// <summary>−r³·mean(w·dy·x).</summary>
        private T Factor(T* row, T scale, T* dRow)
        {
            V dot = default;
            var i = 0;
            for (; i <= columns - V.Count; i += V.Count) dot = V.MultiplyAdd(V.Load(weight + i) * V.Load(dRow + i), V.Load(row + i), dot);
            var total = V.Sum(dot);
            for (; i < columns; i++) total = Scalar.Add(total, Scalar.Multiply(Scalar.Multiply(weight[i], dRow[i]), row[i]));
            var inverseScale = Scalar.ToDouble(scale);
            return Scalar.From<T>(-Scalar.ToDouble(total) / columns * inverseScale * inverseScale * inverseScale);
        }

        private void Rows(T* row, T* scales, T* factors, T* dRow, T* result, T* dWeight, int count)
        {
            var w = weight; // read once: for all the compiler knows, the stores below could change a field
            var (width, add) = (columns, accumulate);
            var i = 0;
            for (; i <= width - V.Count; i += V.Count)
            {
                V gain = V.Load(w + i), sum = V.Load(dWeight + i);
                T* a = row + i, b = dRow + i, c = result + i;
                for (var r = 0; r < count; r++, a += width, b += width, c += width)
                {
                    V value = V.Load(a), gradient = V.Load(b), scale = V.Create(scales[r]);
                    var d = V.MultiplyAdd(gain * gradient, scale, value * V.Create(factors[r]));
                    V.Store(add ? d + V.Load(c) : d, c);
                    sum = V.MultiplyAdd(value * scale, gradient, sum);
                }
                V.Store(sum, dWeight + i);
            }
            for (; i < width; i++)
            {
                for (var r = 0; r < count; r++)
                {
                    var at = ((long)r * width) + i;
                    var d = Scalar.Add(Scalar.Multiply(Scalar.Multiply(w[i], dRow[at]), scales[r]), Scalar.Multiply(row[at], factors[r]));
                    dWeight[i] = Scalar.Add(dWeight[i], Scalar.Multiply(Scalar.Multiply(row[at], scales[r]), dRow[at]));
                    result[at] = add ? Scalar.Add(d, result[at]) : d;
                }
            }
        }
    }

    /// <summary>Adds up the parts of the weight's gradient: the first takes in the others.</summary>
    private readonly struct RmsNormWeightJob(T* sums, T* dWeight, int pieces, int columns, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = index * SumsPerPiece;
            var width = Math.Min(SumsPerPiece, columns - first);
            for (var piece = 0; piece < pieces; piece++) VectorLoops<T, V>.CopyOrAdd(sums + ((long)piece * columns) + first, dWeight + first, width, accumulate || piece > 0);
        }
    }
}
