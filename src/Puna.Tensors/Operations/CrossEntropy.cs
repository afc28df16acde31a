namespace Puna.Tensors;

/// <summary>What a cross-entropy returns. All tensors live in the tape's arena.</summary>
/// <param name="Loss">One number: Σ nll / normaliser, in nats per token.</param>
/// <param name="TokenLosses">[rows]: −ln p(label) in nats, 0 where the label is ignored.</param>
/// <param name="Hits">[rows] of Int32: 1 where the label has the largest logit (ties: the lowest id wins), else 0.</param>
public readonly record struct CrossEntropyResult(Tensor Loss, Tensor TokenLosses, Tensor Hits);

/// <summary>
/// Mean over the labels that are not <see cref="LogProb.Ignore"/> of −ln softmax(logits)[label]. logits [rows, V], labels [rows] of Int32.
/// Gradient: (softmax − onehot(label)) / normaliser.
/// </summary>
public static class CrossEntropy
{
    /// <summary>Cross-entropy of logits that are there already.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="logits">[rows, V].</param>
    /// <param name="labels">[rows], already shifted: row i is scored against labels[i].</param>
    /// <param name="normalizer">What the sum is divided by: the number of label tokens of the whole step; 0 to count these.</param>
    /// <exception cref="ArgumentException">A label outside the vocabulary, or none counts.</exception>
    public static CrossEntropyResult Apply(Tape tape, Tensor logits, Tensor labels, double normalizer = 0)
    {
        var counted = Check(logits.Shape.Rows, logits.Shape.Columns, labels);
        if (normalizer == 0) normalizer = counted;
        if (normalizer <= 0) throw new ArgumentException("cross-entropy: every label is ignored, so there is nothing to learn from");
        var kernels = tape.KernelsFor(logits);
        var losses = tape.New(logits, new Shape(logits.Shape.Rows));
        var hits = tape.Arena.Allocate(DType.Int32, losses.Shape);
        kernels.CrossEntropyForward(logits, labels, losses, hits);
        var loss = tape.New(logits, new Shape(1));
        kernels.SumInOrder(losses, loss, 1 / normalizer);
        loss.RequiresGradient = tape.Recording && logits.RequiresGradient;
        if (loss.RequiresGradient) tape.Record<Node>().Set(logits, labels, loss, normalizer);
        return new(loss, losses, hits);
    }

    /// <summary>Checks labels against logits and counts those that are not ignored.</summary>
    internal static long Check(long rows, long vocabulary, Tensor labels)
    {
        if (labels.Count != rows) throw new ArgumentException($"cross-entropy: {labels.Count} labels for {rows} rows");
        var counted = 0L;
        foreach (var label in labels.Span<int>())
        {
            if (label == LogProb.Ignore) continue;
            if ((uint)label >= (ulong)vocabulary) throw new ArgumentException($"cross-entropy: label {label} is outside the vocabulary of {vocabulary}");
            counted++;
        }
        return counted;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _logits = null!, _labels = null!, _loss = null!;
        private double _normalizer;

        public void Set(Tensor logits, Tensor labels, Tensor loss, double normalizer) => (_logits, _labels, _loss, _normalizer) = (logits, labels, loss, normalizer);

        public override void Backward(Tape tape)
        {
            if (_loss.Gradient is { } d) tape.KernelsFor(d).CrossEntropyBackward(_logits, _labels, d, 1 / _normalizer, tape.GradientOf(_logits, out var add), add);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void CrossEntropyForward(Tensor logits, Tensor labels, Tensor losses, Tensor hits);

    /// <summary>dLogits = or += dLoss · scale · (softmax − onehot).</summary>
    internal abstract void CrossEntropyBackward(Tensor logits, Tensor labels, Tensor dLoss, double scale, Tensor dLogits, bool accumulate);

    /// <summary>sum[0] = scale · Σ values, first to last, in double.</summary>
    internal abstract void SumInOrder(Tensor values, Tensor sum, double scale);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void CrossEntropyForward(Tensor logits, Tensor labels, Tensor losses, Tensor hits)
    {
        var columns = (int)logits.Shape.Columns;
        LossesOf(logits.Pointer<T>(), labels.Pointer<int>(), losses.Pointer<T>(), hits.Pointer<int>(), logits.Shape.Rows, columns, default, CrossEntropyGradient.None);
    }

    private void LossesOf(T* logits, int* labels, T* losses, int* hits, long rows, int columns, T scale, CrossEntropyGradient gradient)
    {
        var per = RowsPerPiece(4L * columns); // exponentials: an element is worth several of other operations
        _pool.For(Pieces(rows, per), new CrossEntropyJob(logits, labels, losses, hits, rows, columns, per, scale, gradient, _scratch.PerWorker(gradient == CrossEntropyGradient.None ? (long)columns * sizeof(T) : 0)));
    }

    internal override void CrossEntropyBackward(Tensor logits, Tensor labels, Tensor dLoss, double scale, Tensor dLogits, bool accumulate)
    {
        var columns = (int)logits.Shape.Columns;
        var factor = Scalar.From<T>(Scalar.ToDouble(*dLoss.Pointer<T>()) * scale);
        _pool.For((int)logits.Shape.Rows, new CrossEntropyBackwardJob(logits.Pointer<T>(), labels.Pointer<int>(), dLogits.Pointer<T>(), columns, factor, accumulate, _scratch.PerWorker((long)columns * sizeof(T))));
    }

    internal override void SumInOrder(Tensor values, Tensor sum, double scale)
    {
        var total = 0.0;
        foreach (var value in values.Span<T>()) total += Scalar.ToDouble(value);
        *sum.Pointer<T>() = Scalar.From<T>(total * scale);
    }

    /// <summary>What becomes of the logits of <see cref="CrossEntropyJob"/>.</summary>
    private enum CrossEntropyGradient
    {
        /// <summary>They stay.</summary>
        None,

        /// <summary>Their gradient takes their place.</summary>
        InPlace,

        /// <summary>So it does, in bf16: the first half of each row.</summary>
        InPlaceRounded,
    }

    /// <summary>Loss and hit of each row; where asked, the logits are overwritten by their gradient times <paramref name="scale"/>.</summary>
    private readonly struct CrossEntropyJob(T* logits, int* labels, T* losses, int* hits, long rows, int columns, int per, T scale, CrossEntropyGradient gradient, WorkerScratch scratch) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++) Row(r, worker);
        }

        private void Row(long index, int worker)
        {
            var overwrite = gradient != CrossEntropyGradient.None;
            var row = logits + (index * columns);
            var label = labels[index];
            losses[index] = default;
            hits[index] = 0;
            if (label == LogProb.Ignore)
            {
                if (overwrite) new Span<T>(row, columns).Clear();
                return;
            }
            var max = VectorLoops<T, V>.Max(row, columns);
            var own = row[label];
            hits[index] = IsFirst(row, label, own, max) ? 1 : 0;
            var e = row;
            if (!overwrite)
            {
                e = (T*)scratch.Of(worker);
                VectorLoops<T, V>.CopyOrAdd(row, e, columns, false);
            }
            var sum = Scalar.ToDouble(VectorLoops<T, V>.ExpSum(e, max, columns));
            losses[index] = Scalar.From<T>(Math.Log(sum) + Scalar.ToDouble(max) - Scalar.ToDouble(own));
            if (!overwrite) return;
            VectorLoops<T, V>.Scale(Scalar.From<T>(Scalar.ToDouble(scale) / sum), row, columns);
            row[label] = Scalar.Subtract(row[label], scale);
            if (gradient == CrossEntropyGradient.InPlaceRounded) VectorLoops<T, V>.StoreBFloat16(row, (ushort*)row, columns); // never writes what is still to be read
        }

        private static bool IsFirst(T* row, int label, T own, T max)
        {
            if (Scalar.ToDouble(own) != Scalar.ToDouble(max)) return false;
            for (var i = 0; i < label; i++)
            {
                if (Scalar.ToDouble(row[i]) == Scalar.ToDouble(max)) return false;
            }
            return true;
        }
    }

    private readonly struct CrossEntropyBackwardJob(T* logits, int* labels, T* dLogits, int columns, T scale, bool accumulate, WorkerScratch scratch) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var result = dLogits + ((long)index * columns);
            if (!accumulate) new Span<T>(result, columns).Clear();
            if (labels[index] == LogProb.Ignore) return;
            var e = (T*)scratch.Of(worker);
            var row = logits + ((long)index * columns);
            VectorLoops<T, V>.CopyOrAdd(row, e, columns, false);
            var sum = Scalar.ToDouble(VectorLoops<T, V>.ExpSum(e, VectorLoops<T, V>.Max(row, columns), columns));
            VectorLoops<T, V>.AddScaled(Scalar.From<T>(Scalar.ToDouble(scale) / sum), e, result, columns);
            result[labels[index]] = Scalar.Subtract(result[labels[index]], scale);
        }
    }
}
