namespace Puna.Tensors;

public abstract partial class Kernels
{
    /// <summary>y = x, which is bf16.</summary>
    internal abstract void Widen(Tensor x, Tensor y);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Widen(Tensor x, Tensor y) => _pool.For(Pieces(x.Count, ElementsPerPiece), new WidenJob(x.Pointer<ushort>(), y.Pointer<T>(), x.Count));

    private readonly struct WidenJob(ushort* x, T* y, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = (long)index * ElementsPerPiece;
            VectorLoops<T, V>.LoadBFloat16(x + first, y + first, (int)Math.Min(ElementsPerPiece, count - first));
        }
    }
}
