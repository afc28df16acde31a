using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>How a head's elements are paired for rotation. Taking one for the other is the classic silent error.</summary>
public enum RopeLayout
{
    /// <summary>Element i with i + D/2: Hugging Face checkpoints.</summary>
    Half,

    /// <summary>Element 2i with 2i + 1: Meta's and llama2.c's files, GGUF of Llama models.</summary>
    Interleaved,
}

/// <summary>
/// Rotary position embedding, in place: each pair (a, b) of a head becomes (a·cos − b·sin, a·sin + b·cos) with the angle of its
/// position and pair. x [rows, H·D], positions [rows] of Int32, cosine and sine tables [positions, D/2] computed in double.
/// Su et al. 2021; LLaMA section 2.2. The gradient is rotated back by the same angles.
/// </summary>
public static class Rope
{
    /// <summary>Rotates all heads of x in place and returns x.</summary>
    /// <exception cref="ArgumentException">A head size that does not divide the row or is odd, or a position beyond the tables.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout)
    {
        if (headSize <= 0 || headSize % 2 != 0 || x.Shape.Columns % headSize != 0) throw new ArgumentException($"rope: head size {headSize} does not fit {x.Shape}");
        if (positions.Count != x.Shape.Rows || cosine.Shape.Columns != headSize / 2 || sine.Shape != cosine.Shape) throw new ArgumentException($"rope: positions {positions.Shape} and tables {cosine.Shape} do not fit {x.Shape}");
        var limit = (ulong)cosine.Shape[0];
        foreach (var position in positions.Span<int>())
        {
            if ((uint)position >= limit) throw new ArgumentException($"rope: position {position} is beyond the table of {cosine.Shape[0]}");
        }
        tape.KernelsFor(x).Rope(x, positions, cosine, sine, headSize, layout, false, null);
        if (tape.Recording && x.RequiresGradient) tape.Record<Node>().Set(x, positions, cosine, sine, headSize, layout);
        return x;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _positions = null!, _cosine = null!, _sine = null!;
        private int _headSize;
        private RopeLayout _layout;
        private bool _isGradientOperand; // of what was rotated: products read its gradient once it is rotated back

        public void Set(Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout)
        {
            (_x, _positions, _cosine, _sine, _headSize, _layout) = (x, positions, cosine, sine, headSize, layout);
            (_isGradientOperand, x.IsGradientOperand) = (x.IsGradientOperand, false);
        }

        public override void Backward(Tape tape)
        {
            if (_x.Gradient is not { } dx) return;
            var rounded = _isGradientOperand ? tape.Arena.Allocate(DType.BFloat16, dx.Shape) : null;
            tape.KernelsFor(dx).Rope(dx, _positions, _cosine, _sine, _headSize, _layout, true, rounded);
            if (rounded is not null) _x.Gradient = rounded;
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>Rotates in place, back if <paramref name="inverse"/>; the result goes to <paramref name="rounded"/> as well, where given.</summary>
    internal abstract void Rope(Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout, bool inverse, Tensor? rounded);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Rope(Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout, bool inverse, Tensor? rounded)
    {
        var columns = (int)x.Shape.Columns;
        var per = RowsPerPiece(columns);
        _pool.For(Pieces(x.Shape.Rows, per), new RopeJob
        {
            X = x.Pointer<T>(),
            Rounded = rounded is null ? null : rounded.Pointer<ushort>(),
            Positions = positions.Pointer<int>(),
            Cosine = cosine.Pointer<T>(),
            Sine = sine.Pointer<T>(),
            Rows = x.Shape.Rows,
            Columns = columns,
            HeadSize = headSize,
            Per = per,
            Interleaved = layout == RopeLayout.Interleaved,
            Sign = Scalar.From<T>(inverse ? -1 : 1),
        });
    }

    private struct RopeJob : IParallelJob
    {
        public T* X, Cosine, Sine;
        public ushort* Rounded;
        public int* Positions;
        public long Rows;
        public int Columns, HeadSize, Per;
        public bool Interleaved;
        public T Sign;

        public readonly void Run(int index, int worker)
        {
            var half = HeadSize / 2;
            for (var r = (long)index * Per; r < Math.Min(Rows, (index + 1L) * Per); r++)
            {
                var cos = Cosine + ((long)Positions[r] * half);
                var sin = Sine + ((long)Positions[r] * half);
                var row = X + (r * Columns);
                if (Interleaved)
                {
                    for (var h = 0; h < Columns; h += HeadSize) RotateInterleaved(row + h, cos, sin, half);
                }
                else if (typeof(T) == typeof(float) && half % V.Count != 0 && half % 8 == 0 && Avx2Lanes.IsSupported)
                {
                    RopeHalves<float, Avx2Lanes>.Rotate((float*)row, (float*)cos, (float*)sin, Columns, half, Unsafe.BitCast<T, float>(Sign)); // heads narrower than two registers
                }
                else
                {
                    RopeHalves<T, V>.Rotate(row, cos, sin, Columns, half, Sign);
                }
                if (Rounded is not null) VectorLoops<T, V>.StoreBFloat16(row, Rounded + (r * Columns), Columns);
            }
        }

        private readonly void RotateInterleaved(T* head, T* cos, T* sin, int half)
        {
            for (var i = 0; i < half; i++) RopeHalves<T, V>.Pair(head + (2 * i), head + (2 * i) + 1, cos[i], Scalar.Multiply(sin[i], Sign));
        }
    }
}

/// <summary>Rotates the heads of a row whose pairs are half a head apart.</summary>
internal static unsafe class RopeHalves<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Rotates every head of a row in place.</summary>
    public static void Rotate(T* row, T* cos, T* sin, int columns, int half, T signOfSine)
    {
        var sign = V.Create(signOfSine);
        for (var end = row + columns; row < end; row += 2 * half)
        {
            var i = 0;
            for (; i <= half - V.Count; i += V.Count)
            {
                V a = V.Load(row + i), b = V.Load(row + half + i), c = V.Load(cos + i), s = V.Load(sin + i) * sign;
                V.Store((a * c) - (b * s), row + i);
                V.Store(V.MultiplyAdd(a, s, b * c), row + half + i);
            }
            for (; i < half; i++) Pair(row + i, row + half + i, cos[i], Scalar.Multiply(sin[i], signOfSine));
        }
    }

    /// <summary>Rotates one pair.</summary>
    public static void Pair(T* a, T* b, T cos, T sin)
    {
        T x = *a, y = *b;
        *a = Scalar.Subtract(Scalar.Multiply(x, cos), Scalar.Multiply(y, sin));
        *b = Scalar.Add(Scalar.Multiply(x, sin), Scalar.Multiply(y, cos));
    }
}
