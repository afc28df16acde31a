namespace Puna.Tensors;

/// <summary>
/// What a device must be able to do, in one element type: the narrow seam between operations and hardware. Each method's
/// declaration, its operation and the processor's implementation stand together in the operation's file.
/// </summary>
public abstract partial class Kernels
{
    /// <summary>Element type of activations and parameters.</summary>
    public abstract DType DType { get; }

    /// <summary>Name of the tier, for example avx512.</summary>
    public abstract string Tier { get; }

    /// <summary>Of the latest product, the seconds that packing took before the multiplication began; 0 where it is not a phase of its own.</summary>
    internal virtual double LastPackingSeconds => 0;

    /// <summary>Whether products read operands that are kept in bf16.</summary>
    internal virtual bool ReadsBFloat16 => false;

    /// <summary>The tier's product of bytes, assembled at its first use; null where it has none.</summary>
    internal virtual Int8Kernel? Int8 => null;
}

/// <summary>
/// The kernels of the processor: one implementation, compiled once for each register type. Where the tier has instructions for bf16, products of
/// rounded operands go to them.
/// </summary>
/// <param name="type">Element type.</param>
/// <param name="tier">Name of the tier.</param>
/// <param name="pool">Threads.</param>
/// <param name="bfloat16">Its instructions for bf16.</param>
/// <param name="int8">Its instructions for bytes.</param>
internal sealed unsafe partial class CpuKernels<T, V>(DType type, string tier, WorkerPool pool, BFloat16Kernel? bfloat16 = null, Func<Int8Kernel>? int8 = null) : Kernels
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    private readonly WorkerPool _pool = pool;
    private readonly Scratch _scratch = new(pool.ThreadCount);
    private readonly BFloat16Product? _bfloat16 = bfloat16 is null ? null : new(bfloat16, pool);

    public override DType DType => type;

    public override string Tier => tier;

    internal override double LastPackingSeconds => _bfloat16?.LastPackingSeconds ?? 0;

    internal override bool ReadsBFloat16 => _bfloat16 is not null;

    internal override Int8Kernel? Int8 => int8?.Invoke();

    /// <summary>Rows a piece of a row-wise job takes, so that a piece is worth the claim (some 16 KB) and every thread gets several.</summary>
    private static int RowsPerPiece(long columns) => (int)Math.Max(1, 4096 / Math.Max(1, columns));

    /// <summary>c = or += a·b, by the tier's bf16 instructions where operands are to be rounded and it has them.</summary>
    private void Multiply(int m, int n, int k, ProductOperand<T> a, ProductOperand<T> b, T* c, nint cRow, bool accumulate, bool round)
    {
        if (round && _bfloat16 is not null) _bfloat16.Run(_scratch, new ProductTask { M = m, N = n, K = k, A = a.As<float>(), B = b.As<float>(), C = (float*)c, CRow = cRow, Accumulate = accumulate });
        else MatrixProduct<T, V>.Run(_pool, _scratch, m, n, k, a, b, c, cRow, accumulate, round);
    }

    private static int Pieces(long rows, int perPiece) => (int)((rows + perPiece - 1) / perPiece);
}
