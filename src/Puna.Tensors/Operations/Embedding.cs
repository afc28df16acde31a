namespace Puna.Tensors;

/// <summary>y[i] = W[ids[i]]. W [V, C], ids [rows] of Int32, y [rows, C]. Gradient: dW[ids[i]] += dy[i].</summary>
public static class Embedding
{
    /// <summary>Looks the rows up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the table; the message has it and its place.</exception>
    public static Tensor Apply(Tape tape, Tensor weight, Tensor ids)
    {
        var span = ids.Span<int>();
        var vocabulary = weight.Shape[0];
        for (var i = 0; i < span.Length; i++)
        {
            if ((uint)span[i] >= (ulong)vocabulary) throw new ArgumentOutOfRangeException(nameof(ids), $"token {span[i]} at position {i} is outside the vocabulary of {vocabulary}");
        }
        var y = tape.New(weight, new Shape(ids.Count, weight.Shape[1]));
        tape.KernelsFor(weight).EmbeddingForward(weight, ids, y);
        y.RequiresGradient = tape.Recording && weight.RequiresGradient;
        if (y.RequiresGradient) tape.Record<Node>().Set(weight, ids, y);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _weight = null!, _ids = null!, _y = null!;

        public void Set(Tensor weight, Tensor ids, Tensor y) => (_weight, _ids, _y) = (weight, ids, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var dw = tape.GradientOf(_weight, out var add);
            if (!add) dw.Clear();
            tape.KernelsFor(dw).EmbeddingBackward(dy, _ids, dw);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void EmbeddingForward(Tensor weight, Tensor ids, Tensor y);

    /// <summary>Adds to the gradient of the table.</summary>
    internal abstract void EmbeddingBackward(Tensor dy, Tensor ids, Tensor dWeight);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void EmbeddingForward(Tensor weight, Tensor ids, Tensor y)
    {
        var columns = (int)weight.Shape[1];
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(ids.Count, per), new EmbeddingForwardJob(weight.Pointer<T>(), ids.Pointer<int>(), y.Pointer<T>(), ids.Count, columns, per));
    }

    internal override void EmbeddingBackward(Tensor dy, Tensor ids, Tensor dWeight)
    {
        var columns = (int)dWeight.Shape[1];
        _pool.For(Pieces(columns, ColumnsPerPiece), new EmbeddingBackwardJob(dy.Pointer<T>(), ids.Pointer<int>(), dWeight.Pointer<T>(), ids.Count, columns));
    }

    private readonly struct EmbeddingForwardJob(T* weight, int* ids, T* y, long count, int columns, int per) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(count, (index + 1L) * per); r++)
                VectorLoops<T, V>.CopyOrAdd(weight + ((long)ids[r] * columns), y + (r * columns), columns, false);
        }
    }

    /// <summary>A piece owns some columns of the whole table, so that two equal ids never meet on two threads.</summary>
    private readonly struct EmbeddingBackwardJob(T* dy, int* ids, T* dWeight, long count, int columns) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = index * ColumnsPerPiece;
            var width = Math.Min(ColumnsPerPiece, columns - first);
            for (long r = 0; r < count; r++)
                VectorLoops<T, V>.CopyOrAdd(dy + (r * columns) + first, dWeight + ((long)ids[r] * columns) + first, width, true);
        }
    }
}
