namespace Puna.Tensors;

/// <summary>
/// The matrices of a network packed for bf16 products once a step, all together, instead of at every product: a product of few rows spends much
/// of its time on packing weights. Two bytes a number and form. Between <see cref="Refresh"/> and <see cref="Expire"/> products use what was packed, so the
/// weights must not change there. It does nothing on devices without instructions for bf16 and for networks of more than <see cref="MostBytes"/>, whose
/// products have rows enough.
/// </summary>
public sealed unsafe class PackedWeights : IDisposable
{
    /// <summary>The most memory it takes.</summary>
    public const long MostBytes = 64L << 20;

    private readonly Device _device;
    private readonly PackedWeight[] _weights;
    private readonly PackingTask[] _tasks;
    private NativeBuffer? _memory;
    private int _count;

    /// <summary>Nothing is packed yet: the first step shows which forms are wanted.</summary>
    /// <param name="device">Where products are computed.</param>
    /// <param name="weights">Tensors of single precision; those that are no matrices are left alone.</param>
    public PackedWeights(Device device, IEnumerable<Tensor> weights)
    {
        _device = device;
        Tensor[] matrices = [.. weights.Where(weight => weight is { DType: DType.Float32, Shape.Rank: 2 })];
        _weights = device.KeepsBFloat16(Precision.BFloat16) && BytesOf(matrices.Sum(weight => weight.Count)) > 0 ? [.. matrices.Select(weight => new PackedWeight(weight))] : [];
        _tasks = new PackingTask[2 * _weights.Length];
        foreach (var weight in _weights) weight.Weight.Packed = weight;
    }

    /// <summary>Bytes that it takes at most for matrices of so many numbers in all: 0 where they are too many.</summary>
    public static long BytesOf(long numbers) => numbers <= MostBytes / (2 * sizeof(ushort)) ? 2 * sizeof(ushort) * numbers : 0;

    /// <summary>Packs what products have asked for so far.</summary>
    public void Refresh()
    {
        if (_weights.Length == 0) return;
        var kernels = _device.KernelsFor(DType.Float32);
        if (_weights.Sum(weight => (weight.WantsPlain ? 1 : 0) + (weight.WantsTransposed ? 1 : 0)) is var count && count != _count) Plan(kernels, count);
        if (_count == 0) return;
        kernels.Pack(_tasks.AsSpan(0, _count));
        foreach (var weight in _weights) weight.IsFresh = true;
    }

    /// <summary>What was packed no longer counts: the weights change.</summary>
    public void Expire()
    {
        foreach (var weight in _weights) weight.IsFresh = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var weight in _weights)
            if (weight.Weight.Packed == weight) weight.Weight.Packed = null;
        _memory?.Dispose();
    }

    private void Plan(Kernels kernels, int count)
    {
        _memory?.Dispose();
        _memory = null;
        var bytes = 0L;
        foreach (var weight in _weights)
        {
            var (rows, columns) = Size(weight);
            if (weight.WantsPlain) bytes += kernels.PackedBytes(columns, rows);
            if (weight.WantsTransposed) bytes += kernels.PackedBytes(rows, columns);
        }
        _memory = new NativeBuffer(bytes);
        _count = 0;
        var free = (byte*)_memory.Pointer;
        foreach (var weight in _weights)
        {
            var (rows, columns) = Size(weight);
            var matrix = BFloat16Operand.Of(weight.Weight);
            if (weight.WantsTransposed) weight.Transposed = Add(kernels, matrix.Transposed, rows, columns, ref free);
            if (weight.WantsPlain) weight.Plain = Add(kernels, matrix, columns, rows, ref free);
        }
        System.Diagnostics.Debug.Assert(_count == count);
    }

    private PackedMatrix Add(Kernels kernels, in BFloat16Operand b, int columns, int depth, ref byte* free)
    {
        var to = kernels.PackedAt(free, columns, depth);
        free += kernels.PackedBytes(columns, depth);
        _tasks[_count++] = new PackingTask { N = columns, K = depth, B = b, To = to };
        return to;
    }

    private static (int Rows, int Columns) Size(PackedWeight weight) => checked(((int)weight.Weight.Shape[0], (int)weight.Weight.Shape[1]));
}

public abstract partial class Kernels
{
    /// <summary>Bytes of a right operand [depth, columns] that is packed for bf16 products.</summary>
    internal virtual long PackedBytes(int columns, int depth) => throw new NotSupportedException();

    /// <summary>Such an operand in this memory.</summary>
    internal virtual unsafe PackedMatrix PackedAt(void* memory, int columns, int depth) => throw new NotSupportedException();

    /// <summary>Packs right operands.</summary>
    internal virtual void Pack(Span<PackingTask> tasks) => throw new NotSupportedException();
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override long PackedBytes(int columns, int depth) => _bfloat16!.ColumnsBytes(columns, depth);

    internal override PackedMatrix PackedAt(void* memory, int columns, int depth) => _bfloat16!.ColumnsAt(memory, columns, depth);

    internal override void Pack(Span<PackingTask> tasks) => _bfloat16!.Pack(tasks);
}
