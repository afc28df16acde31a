namespace Puna.Tensors;

/// <summary>
/// y = columns [start, start + N) of each row of x [rows, K]; y [rows, N]. Takes q, k and v apart where one matrix makes all three (GPT-2's c_attn).
/// Gradient: dx = dy in those columns, 0 in all others.
/// </summary>
public static class ColumnSlice
{
    /// <summary>Copies the columns.</summary>
    /// <exception cref="ArgumentException">Columns outside x.</exception>
    public static Tensor Apply(Tape tape, Tensor x, int start, int count)
    {
        if (start < 0 || count <= 0 || start + (long)count > x.Shape.Columns) throw new ArgumentException($"column slice: {count} columns from {start} of {x.Shape}");
        var y = tape.New(x, new Shape(x.Shape.Rows, count));
        tape.KernelsFor(x).CopyColumns(x, start, y, 0, count, false);
        y.RequiresGradient = tape.Recording && x.RequiresGradient;
        if (y.RequiresGradient) tape.Record<Node>().Set(x, y, start, count);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _y = null!;
        private int _start, _count;

        public void Set(Tensor x, Tensor y, int start, int count) => (_x, _y, _start, _count) = (x, y, start, count);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var dx = tape.GradientOf(_x, out var add);
            if (!add) dx.Clear(); // the other slices of x add theirs
            tape.KernelsFor(dy).CopyColumns(dy, 0, dx, _start, _count, true);
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>Writes (or adds) columns [from, from + count) of each row of a to columns [to, to + count) of b.</summary>
    internal abstract void CopyColumns(Tensor a, int from, Tensor b, int to, int count, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void CopyColumns(Tensor a, int from, Tensor b, int to, int count, bool accumulate)
    {
        var per = RowsPerPiece(count);
        _pool.For(Pieces(a.Shape.Rows, per), new CopyColumnsJob(a.Pointer<T>() + from, b.Pointer<T>() + to, a.Shape.Rows, a.Shape.Columns, b.Shape.Columns, count, per, accumulate));
    }

    private readonly struct CopyColumnsJob(T* a, T* b, long rows, long rowA, long rowB, int count, int per, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            for (var r = (long)index * per; r < Math.Min(rows, (index + 1L) * per); r++) VectorLoops<T, V>.CopyOrAdd(a + (r * rowA), b + (r * rowB), count, accumulate);
        }
    }
}
