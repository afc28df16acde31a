using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Where a kernel's numbers go: memory of its own type, or bf16 for products that would round them anyway.</summary>
internal readonly unsafe struct Output<T, V>(void* data, bool isRounded)
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Whether numbers are rounded to bf16 as they are stored.</summary>
    public readonly bool IsRounded = isRounded;

    private readonly void* _data = data;

    /// <summary>A tensor's memory.</summary>
    public static Output<T, V> Of(Tensor tensor) => tensor.DType == DType.BFloat16 ? new(tensor.Pointer<ushort>(), true) : new(tensor.Pointer<T>(), false);

    /// <summary>Where the numbers lie.</summary>
    public void* Data => _data;

    /// <summary>Bytes a number takes.</summary>
    public int ElementSize => IsRounded ? sizeof(ushort) : sizeof(T);

    /// <summary>The part from this element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Output<T, V> At(long offset) => new((byte*)_data + (offset * ElementSize), IsRounded);

    /// <summary>Stores a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(V value, long index)
    {
        if (IsRounded) V.StoreBFloat16(value, (ushort*)_data + index);
        else V.Store(value, (T*)_data + index);
    }

    /// <summary>Stores a register, or adds it to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(V value, long index, bool add)
    {
        if (add) value += IsRounded ? V.LoadBFloat16((ushort*)_data + index) : V.Load((T*)_data + index);
        Store(value, index);
    }

    /// <summary>Stores numbers that lie in a row.</summary>
    public void Copy(T* source, int count)
    {
        if (IsRounded) VectorLoops<T, V>.StoreBFloat16(source, (ushort*)_data, count);
        else new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(_data, count));
    }

    /// <summary>Stores one number.</summary>
    public void Store(T value, long index)
    {
        if (IsRounded) VectorLoops<T, V>.StoreBFloat16(&value, (ushort*)_data + index, 1);
        else ((T*)_data)[index] = value;
    }
}
