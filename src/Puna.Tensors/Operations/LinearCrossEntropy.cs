namespace Puna.Tensors;

/// <summary>
/// Cross-entropy of logits = x·Wᵀ without ever holding all logits: rows are taken in chunks, and while recording each chunk's
/// gradients go to x and W at once (the loss is the last operation, so its own gradient is 1). x [rows, C], W [V, C], labels [rows].
/// The memory is one chunk of logits, so a vocabulary of 128k costs no [rows × V].
/// </summary>
public static class LinearCrossEntropy
{
    private const long ChunkElements = 1 << 24;

    /// <summary>The loss; see <see cref="CrossEntropy.Apply"/> for the normaliser.</summary>
    /// <exception cref="ArgumentException">Shapes or labels that do not fit, or no label that counts.</exception>
    public static CrossEntropyResult Apply(Tape tape, Tensor x, Tensor weight, Tensor labels, double normalizer = 0)
    {
        if (weight.Shape.Rank != 2 || x.Shape.Columns != weight.Shape[1]) throw new ArgumentException($"linear cross-entropy: x {x.Shape} does not fit weight {weight.Shape}");
        var rows = x.Shape.Rows;
        var vocabulary = weight.Shape[0];
        var counted = CrossEntropy.Check(rows, vocabulary, labels);
        if (normalizer == 0) normalizer = counted;
        if (normalizer <= 0) throw new ArgumentException("cross-entropy: every label is ignored, so there is nothing to learn from");
        var kernels = tape.KernelsFor(x);
        var losses = tape.New(x, new Shape(rows));
        var hits = tape.Arena.Allocate(DType.Int32, losses.Shape);
        var loss = tape.New(x, new Shape(1));
        loss.RequiresGradient = tape.Recording && (x.RequiresGradient || weight.RequiresGradient);
        var (dx, dw) = (loss.RequiresGradient && x.RequiresGradient ? tape.New(x, x.Shape) : null, loss.RequiresGradient && weight.RequiresGradient ? weight : null);
        var addWeight = false;
        var dWeight = dw is null ? null : tape.GradientOf(dw, out addWeight);
        var mark = tape.Arena.Set();
        var chunk = ChunkRows(rows, vocabulary);
        var logits = tape.New(x, new Shape(chunk, vocabulary));
        for (long r = 0; r < rows; r += chunk)
        {
            var count = Math.Min(chunk, rows - r);
            kernels.LinearCrossEntropyChunk(x, weight, labels, r, count, logits, losses, hits, 1 / normalizer, dx, dWeight, addWeight || r > 0, tape.Rounds);
        }
        if (rows == 0 && !addWeight) dWeight?.Clear();
        GC.KeepAlive(labels);
        tape.Arena.Release(mark);
        kernels.SumInOrder(losses, loss, 1 / normalizer);
        if (loss.RequiresGradient) tape.Record<Node>().Set(x, dx, loss);
        return new(loss, losses, hits);
    }

    /// <summary>Rows whose logits are held at once.</summary>
    public static long ChunkRows(long rows, long vocabulary) => Math.Min(rows, Math.Max(32, ChunkElements / vocabulary));

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _loss = null!;
        private Tensor? _dx;

        public void Set(Tensor x, Tensor? dx, Tensor loss) => (_x, _dx, _loss) = (x, dx, loss);

        public override void Backward(Tape tape)
        {
            if (_loss.Gradient is not { } d) throw new InvalidOperationException("the fused loss must be what Backward starts from");
            if ((d.DType == DType.Float64 ? d.Span<double>()[0] : d.Span<float>()[0]) != 1) throw new InvalidOperationException("the fused loss cannot be scaled afterwards; give its normaliser instead");
            if (_dx is null) return;
            if (_x.Gradient is null) _x.Gradient = _dx;
            else Add.Pass(tape, _x, _dx);
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>Logits, losses and, where <paramref name="dx"/> or <paramref name="dWeight"/> are given, gradients of rows [first, first + count).</summary>
    internal abstract void LinearCrossEntropyChunk(Tensor x, Tensor weight, Tensor labels, long first, long count, Tensor logits, Tensor losses, Tensor hits, double scale, Tensor? dx, Tensor? dWeight, bool addWeight, bool round);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void LinearCrossEntropyChunk(Tensor x, Tensor weight, Tensor labels, long first, long count, Tensor logits, Tensor losses, Tensor hits, double scale, Tensor? dx, Tensor? dWeight, bool addWeight, bool round)
    {
        var (rows, columns, vocabulary) = ((int)count, (int)weight.Shape[1], (int)weight.Shape[0]);
        var z = logits.Pointer<T>();
        var train = dx is not null || dWeight is not null;
        var gradient = !train ? CrossEntropyGradient.None : round && _bfloat16 is not null ? CrossEntropyGradient.InPlaceRounded : CrossEntropyGradient.InPlace;
        if (round && _bfloat16 is not null)
        {
            var (rounded, matrix) = (BFloat16Operand.Of(x).At(first, 0), BFloat16Operand.Of(weight));
            _bfloat16.Run(_scratch, new ProductTask { M = rows, N = vocabulary, K = columns, A = rounded, B = matrix.Transposed, PackedB = weight.Packed?.Form(true) ?? default, C = (float*)z, CRow = vocabulary });
            LossesOf(z, labels.Pointer<int>() + first, losses.Pointer<T>() + first, hits.Pointer<int>() + first, rows, vocabulary, Scalar.From<T>(scale), gradient);
            var d = new BFloat16Operand(z, 2 * (nint)vocabulary, 1, true);
            Span<ProductTask> tasks = stackalloc ProductTask[2];
            var wanted = 0;
            if (dx is not null) tasks[wanted++] = new() { M = rows, N = columns, K = vocabulary, A = d, B = matrix, PackedB = weight.Packed?.Form(false) ?? default, C = dx.Pointer<float>() + (first * columns), CRow = columns };
            if (dWeight is not null) tasks[wanted++] = new() { M = vocabulary, N = columns, K = rows, A = d.Transposed, B = rounded, C = dWeight.Pointer<float>(), CRow = columns, Accumulate = addWeight };
            _bfloat16.Run(_scratch, tasks[..wanted]);
            return;
        }
        var input = ProductOperand<T>.RowMajor(x.Pointer<T>() + (first * columns), columns);
        var w = ProductOperand<T>.RowMajor(weight.Pointer<T>(), columns);
        Multiply(rows, vocabulary, columns, input, w.Transposed, z, vocabulary, false, round);
        LossesOf(z, labels.Pointer<int>() + first, losses.Pointer<T>() + first, hits.Pointer<int>() + first, rows, vocabulary, Scalar.From<T>(scale), gradient);
        var dLogits = ProductOperand<T>.RowMajor(z, vocabulary);
        if (dx is not null) Multiply(rows, columns, vocabulary, dLogits, w, dx.Pointer<T>() + (first * columns), columns, false, round);
        if (dWeight is not null) Multiply(vocabulary, columns, rows, dLogits.Transposed, input, dWeight.Pointer<T>(), columns, addWeight, round);
    }
}
