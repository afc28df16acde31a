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
    public static Tensor Apply(Tape tape, Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout) => Both(tape, x, null, positions, cosine, sine, headSize, layout);

    /// <summary>Rotates all heads of queries and keys in place, together, and returns them.</summary>
    /// <exception cref="ArgumentException">A head size that does not divide the rows or is odd, or a position beyond the tables.</exception>
    public static (Tensor Queries, Tensor Keys) Apply(Tape tape, Tensor queries, Tensor keys, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout) =>
        (Both(tape, queries, keys, positions, cosine, sine, headSize, layout), keys);

    private static Tensor Both(Tape tape, Tensor x, Tensor? second, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout)
    {
        Check(x, positions, cosine, sine, headSize);
        if (second is not null) Check(second, positions, cosine, sine, headSize);
        var limit = (ulong)cosine.Shape[0];
        foreach (var position in positions.Span<int>())
        {
            if ((uint)position >= limit) throw new ArgumentException($"rope: position {position} is beyond the table of {limit}");
        }
        tape.KernelsFor(x).Rope(new(x, null), new(second, null), positions, cosine, sine, headSize, layout, false);
        if (tape.Recording && (x.RequiresGradient || second is { RequiresGradient: true })) tape.Record<Node>().Set(x, second, positions, cosine, sine, headSize, layout);
        return x;
    }

    private static void Check(Tensor x, Tensor positions, Tensor cosine, Tensor sine, int headSize)
    {
        if (headSize <= 0 || headSize % 2 != 0 || x.Shape.Columns % headSize != 0) throw new ArgumentException($"rope: head size {headSize} does not fit {x.Shape}");
        if (positions.Count != x.Shape.Rows || cosine.Shape.Columns != headSize / 2 || sine.Shape != cosine.Shape) throw new ArgumentException($"rope: positions {positions.Shape} and tables {cosine.Shape} do not fit {x.Shape}");
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _positions = null!, _cosine = null!, _sine = null!;
        private Tensor? _second;
        private int _headSize;
        private RopeLayout _layout;
        private bool _isOperand, _isSecondOperand; // of what was rotated: products read its gradient once it is rotated back

        public void Set(Tensor x, Tensor? second, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout)
        {
            (_x, _second, _positions, _cosine, _sine, _headSize, _layout) = (x, second, positions, cosine, sine, headSize, layout);
            (_isOperand, x.IsGradientOperand) = (x.IsGradientOperand, false);
            if (second is not null) (_isSecondOperand, second.IsGradientOperand) = (second.IsGradientOperand, false);
        }

        public override void Backward(Tape tape)
        {
            var (first, second) = (Rotation(tape, _x, _isOperand), Rotation(tape, _second, _isSecondOperand));
            if ((first.X ?? second.X) is not { } dx) return;
            tape.KernelsFor(dx).Rope(first, second, _positions, _cosine, _sine, _headSize, _layout, true);
            if (first.Rounded is not null) _x.Gradient = first.Rounded;
            if (second.Rounded is not null) _second!.Gradient = second.Rounded;
        }

        private static Rotation Rotation(Tape tape, Tensor? x, bool isOperand) => x?.Gradient is { } dx ? new(dx, isOperand ? tape.Arena.Allocate(DType.BFloat16, dx.Shape) : null) : default;
    }
}

/// <summary>A matrix to rotate in place, and where the result goes in bf16 as well, if anywhere.</summary>
internal readonly record struct Rotation(Tensor? X, Tensor? Rounded);

public abstract partial class Kernels
{
    /// <summary>Rotates two matrices, of which one may be missing, back if <paramref name="inverse"/>.</summary>
    internal abstract void Rope(Rotation first, Rotation second, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout, bool inverse);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Rope(Rotation first, Rotation second, Tensor positions, Tensor cosine, Tensor sine, int headSize, RopeLayout layout, bool inverse)
    {
        var per = RowsPerPiece((first.X?.Shape.Columns ?? 0) + (second.X?.Shape.Columns ?? 0));
        _pool.For(Pieces(positions.Count, per), new RopeJob
        {
            First = Matrix(first),
            Second = Matrix(second),
            Positions = positions.Pointer<int>(),
            Cosine = cosine.Pointer<T>(),
            Sine = sine.Pointer<T>(),
            Rows = positions.Count,
            HeadSize = headSize,
            Per = per,
            Interleaved = layout == RopeLayout.Interleaved,
            Sign = Scalar.From<T>(inverse ? -1 : 1),
        });

        static RotatedMatrix Matrix(Rotation rotation) => rotation.X is null
            ? default
            : new() { X = rotation.X.Pointer<T>(), Rounded = rotation.Rounded is null ? null : rotation.Rounded.Pointer<ushort>(), Columns = (int)rotation.X.Shape.Columns };
    }

    private struct RotatedMatrix
    {
        public T* X;
        public ushort* Rounded;
        public int Columns;
    }

    private struct RopeJob : IParallelJob
    {
        public RotatedMatrix First, Second;
        public T* Cosine, Sine;
        public int* Positions;
        public long Rows;
        public int HeadSize, Per;
        public bool Interleaved;
        public T Sign;

        public readonly void Run(int index, int worker)
        {
            for (var r = (long)index * Per; r < Math.Min(Rows, (index + 1L) * Per); r++)
            {
                if (First.X is not null) Rotate(First, r);
                if (Second.X is not null) Rotate(Second, r);
            }
        }

        private readonly void Rotate(in RotatedMatrix matrix, long r)
        {
            var (half, columns) = (HeadSize / 2, matrix.Columns);
            var angle = (long)Positions[r] * half;
            var row = matrix.X + (r * columns);
            Rotate(row, Cosine + angle, Sine + angle, half, columns);
            if (matrix.Rounded is not null) VectorLoops<T, V>.StoreBFloat16(row, matrix.Rounded + (r * columns), columns);
        }

        private readonly void Rotate(T* row, T* cos, T* sin, int half, int columns)
        {
            if (Interleaved)
            {
                for (var h = 0; h < columns; h += HeadSize) RotateInterleaved(row + h, cos, sin, half);
            }
            else if (typeof(T) == typeof(float) && half % V.Count != 0 && half % Avx2Lanes.Count == 0 && Avx2Lanes.IsSupported)
            {
                RopeHalves<float, Avx2Lanes>.Rotate((float*)row, (float*)cos, (float*)sin, columns, half, Unsafe.BitCast<T, float>(Sign)); // heads narrower than two registers
            }
            else if (typeof(T) == typeof(float) && half % V.Count != 0 && half % PortableLanes.Count == 0)
            {
                RopeHalves<float, PortableLanes>.Rotate((float*)row, (float*)cos, (float*)sin, columns, half, Unsafe.BitCast<T, float>(Sign));
            }
            else
            {
                RopeHalves<T, V>.Rotate(row, cos, sin, columns, half, Sign);
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
