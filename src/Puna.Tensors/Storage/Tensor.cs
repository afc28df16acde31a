using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// Numbers of one type in native memory with a shape; rows are contiguous. A tensor is a view: several may share one memory,
/// and <see cref="View"/> and <see cref="Rows"/> copy nothing. Whoever made the memory (a parameter's <see cref="NativeBuffer"/>,
/// an <see cref="Arena"/>, a mapped file) must outlive it.
/// </summary>
public sealed unsafe class Tensor
{
    private byte* _data;
    private object? _owner;

    internal Tensor()
    {
    }

    /// <summary>A new tensor of zeros in memory of its own, freed when the last view of it is gone.</summary>
    public Tensor(DType type, Shape shape)
    {
        var buffer = new NativeBuffer(DTypeLayout.Of(type).Bytes(shape.Count));
        Assign((byte*)buffer.Pointer, type, shape, buffer);
    }

    /// <summary>A view of memory that somebody else owns, for example of a mapped file.</summary>
    /// <param name="data">The first element.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Shape; its bytes must lie within the owner's memory.</param>
    /// <param name="owner">Kept alive as long as this tensor.</param>
    public Tensor(void* data, DType type, Shape shape, object? owner) => Assign((byte*)data, type, shape, owner);

    /// <summary>
    /// Gives memory of its own back now and not when the collector comes by, which does not see how much it is: for whoever reads one large tensor after
    /// the other. Neither this tensor nor a view of it may be used afterwards.
    /// </summary>
    public void Release()
    {
        if (_owner is not NativeBuffer buffer) return;
        _data = null;
        buffer.Dispose();
    }

    /// <summary>Element type.</summary>
    public DType DType { get; private set; }

    /// <summary>Shape, outermost dimension first.</summary>
    public Shape Shape { get; private set; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Size of the data in bytes.</summary>
    public long Bytes => DTypeLayout.Of(DType).Bytes(Count);

    /// <summary>Whether a gradient is wanted: set on parameters, and by operations on what depends on them.</summary>
    public bool RequiresGradient { get; set; }

    /// <summary>
    /// d loss / d this, same shape and type (single precision where this is bf16, bf16 where only products read it); null until a backward pass reaches it. A tensor of the tape's arena gets its gradient there, any other
    /// (a parameter) memory of its own.
    /// </summary>
    public Tensor? Gradient { get; set; }

    /// <summary>
    /// Whether what the gradient holds no longer counts: the next backward pass overwrites it instead of adding to it, which spares setting it to zero.
    /// </summary>
    public bool IsGradientStale { get; set; }

    /// <summary>Whether only matrix products read the gradient, which may then be kept in bf16.</summary>
    internal bool IsGradientOperand { get; set; }

    /// <summary>Forms of a weight that are packed ahead of products; null where none are.</summary>
    internal PackedWeight? Packed { get; set; }

    /// <summary>The first byte.</summary>
    public void* Data => _data;

    /// <summary>The elements as a pointer: in their own type, or as bits in a type of the same size that is no tensor's (uint, ushort, ulong, short).</summary>
    /// <exception cref="InvalidOperationException">The tensor has another element type or size.</exception>
    public T* Pointer<T>() where T : unmanaged
    {
        if (sizeof(T) != DTypeLayout.Of(DType).BytesPerBlock || !Fits<T>()) throw new InvalidOperationException($"a tensor of {DType} was read as {typeof(T).Name}");
        return (T*)_data;
    }

    /// <summary>The elements as a span. It does not keep the memory alive: the tensor must be referenced for as long as the span is used.</summary>
    /// <exception cref="InvalidOperationException">Another element type or size, or more than 2^31 elements.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        var pointer = Pointer<T>();
        if (Count > int.MaxValue) throw new InvalidOperationException($"{Shape} is too large for one span");
        return new Span<T>(pointer, (int)Count);
    }

    /// <summary>A copy of the elements; unlike with <see cref="Span{T}"/>, the tensor may be a temporary one.</summary>
    /// <exception cref="InvalidOperationException">Another element type or size, or more than 2^31 elements.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        var copy = Span<T>().ToArray();
        GC.KeepAlive(this);
        return copy;
    }

    /// <summary>The same numbers under another shape of equal count.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public Tensor View(Shape shape)
    {
        if (shape.Count != Count) throw new ArgumentException($"{Shape} has {Count} elements, {shape} needs {shape.Count}");
        return new Tensor(_data, DType, shape, this);
    }

    /// <summary>Rows [start, start + count) of the outermost dimension, without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Rows outside the tensor.</exception>
    public Tensor Rows(long start, long count)
    {
        if (start < 0 || count < 0 || start > Shape[0] || count > Shape[0] - start) throw new ArgumentOutOfRangeException(nameof(start), $"{count} rows from {start} of {Shape}");
        var inner = Shape[0] == 0 ? 0 : Count / Shape[0];
        var shape = Shape.Rank switch
        {
            1 => new Shape(count),
            2 => new Shape(count, Shape[1]),
            3 => new Shape(count, Shape[1], Shape[2]),
            _ => new Shape(count, Shape[1], Shape[2], Shape[3]),
        };
        return new Tensor(_data + DTypeLayout.Of(DType).Bytes(start * inner), DType, shape, this);
    }

    /// <summary>Whether its memory is an arena's.</summary>
    internal bool IsInArena => _owner is Arena || (_owner is Tensor whole && whole.IsInArena);

    /// <summary>Sets every byte to zero.</summary>
    public void Clear() => System.Runtime.InteropServices.NativeMemory.Clear(_data, (nuint)Bytes);

    /// <summary>Copies the elements of a tensor of the same type and count.</summary>
    /// <exception cref="ArgumentException">Type or count differ.</exception>
    public void CopyFrom(Tensor source)
    {
        if (source.DType != DType || source.Count != Count) throw new ArgumentException($"cannot copy {source.DType} {source.Shape} into {DType} {Shape}");
        Buffer.MemoryCopy(source._data, _data, Bytes, Bytes);
    }

    /// <summary>Type and shape.</summary>
    public override string ToString() => $"{DType} {Shape}";

    /// <summary>A float read as a whole number, or the reverse, would be silent nonsense.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Fits<T>()
    {
        if (typeof(T) == typeof(float)) return DType == DType.Float32;
        if (typeof(T) == typeof(double)) return DType == DType.Float64;
        if (typeof(T) == typeof(int)) return DType == DType.Int32;
        if (typeof(T) == typeof(long)) return DType == DType.Int64;
        return typeof(T) != typeof(Half) || DType == DType.Float16;
    }

    /// <summary>Points an object of an arena's pool at its next use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Assign(byte* data, DType type, Shape shape, object? owner)
    {
        _data = data;
        _owner = owner;
        DType = type;
        Shape = shape;
        RequiresGradient = false;
        Gradient = null;
        IsGradientStale = false;
        IsGradientOperand = false;
        Packed = null;
    }
}
