namespace Puna.Tensors;

/// <summary>
/// ln p(label) of each row of logits, 0 where the label is ignored: what preference losses and scores are made of.
/// logits [rows, V], labels [rows] of Int32, y [rows], in nats. Gradient: dlogits = dy·(onehot(label) − softmax).
/// </summary>
public static class LogProb
{
    /// <summary>The label that means: not this token.</summary>
    public const int Ignore = -100;

    /// <summary>Log-probabilities of the labels.</summary>
    /// <exception cref="ArgumentException">The labels do not fit the logits.</exception>
    public static Tensor Apply(Tape tape, Tensor logits, Tensor labels)
    {
        CrossEntropy.Check(logits.Shape.Rows, logits.Shape.Columns, labels);
        var y = tape.New(logits, new Shape(logits.Shape.Rows));
        tape.KernelsFor(logits).LogProbForward(logits, labels, y);
        y.RequiresGradient = tape.Recording && logits.RequiresGradient;
        if (y.RequiresGradient) tape.Record<Node>().Set(logits, labels, y);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _logits = null!, _labels = null!, _y = null!;

        public void Set(Tensor logits, Tensor labels, Tensor y) => (_logits, _labels, _y) = (logits, labels, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is { } dy) tape.KernelsFor(dy).LogProbBackward(_logits, _labels, dy, tape.GradientOf(_logits, out var add), add);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void LogProbForward(Tensor logits, Tensor labels, Tensor y);

    internal abstract void LogProbBackward(Tensor logits, Tensor labels, Tensor dy, Tensor dLogits, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void LogProbForward(Tensor logits, Tensor labels, Tensor y)
    {
        var columns = (int)logits.Shape.Columns;
        _pool.For((int)logits.Shape.Rows, new LogProbForwardJob(logits.Pointer<T>(), labels.Pointer<int>(), y.Pointer<T>(), columns, _scratch.PerWorker((long)columns * sizeof(T))));
    }

    internal override void LogProbBackward(Tensor logits, Tensor labels, Tensor dy, Tensor dLogits, bool accumulate)
    {
        var columns = (int)logits.Shape.Columns;
        _pool.For((int)logits.Shape.Rows, new LogProbBackwardJob(logits.Pointer<T>(), labels.Pointer<int>(), dy.Pointer<T>(), dLogits.Pointer<T>(), columns, accumulate, _scratch.PerWorker((long)columns * sizeof(T))));
    }

    private readonly struct LogProbForwardJob(T* logits, int* labels, T* y, int columns, WorkerScratch scratch) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            y[index] = default;
            if (labels[index] == LogProb.Ignore) return;
            var row = logits + ((long)index * columns);
            var e = (T*)scratch.Of(worker);
            VectorLoops<T, V>.CopyOrAdd(row, e, columns, false);
            var max = VectorLoops<T, V>.Max(row, columns);
            var sum = VectorLoops<T, V>.ExpSum(e, max, columns);
            y[index] = Scalar.From<T>(Scalar.ToDouble(row[labels[index]]) - Scalar.ToDouble(max) - Math.Log(Scalar.ToDouble(sum)));
        }
    }

    private readonly struct LogProbBackwardJob(T* logits, int* labels, T* dy, T* dLogits, int columns, bool accumulate, WorkerScratch scratch) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var result = dLogits + ((long)index * columns);
            if (!accumulate) new Span<T>(result, columns).Clear();
            if (labels[index] == LogProb.Ignore) return;
            var e = (T*)scratch.Of(worker);
            var row = logits + ((long)index * columns);
            VectorLoops<T, V>.CopyOrAdd(row, e, columns, false);
            var sum = VectorLoops<T, V>.ExpSum(e, VectorLoops<T, V>.Max(row, columns), columns);
            VectorLoops<T, V>.AddScaled(Scalar.From<T>(-Scalar.ToDouble(dy[index]) / Scalar.ToDouble(sum)), e, result, columns);
            result[labels[index]] = Scalar.Add(result[labels[index]], dy[index]);
        }
    }
}
