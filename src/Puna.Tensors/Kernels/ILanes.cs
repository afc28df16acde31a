namespace Puna.Tensors;

/// <summary>
/// One vector register of <typeparamref name="T"/> and what a tier can do with it. Every kernel is written once over this
/// interface; the just-in-time compiler makes a copy per tier in which each call is the instruction itself.
/// </summary>
/// <typeparam name="TSelf">The register type.</typeparam>
/// <typeparam name="T">Element: float or double.</typeparam>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged
{
    /// <summary>Elements in a register.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of the matrix product's tile: 8 where there are 32 registers, 4 where there are 16.</summary>
    static abstract int TileRows { get; }

    /// <summary>Whether the machine has the instructions.</summary>
    static abstract bool IsSupported { get; }

    static abstract TSelf Load(T* source);

    static abstract void Store(TSelf value, T* destination);

    static abstract TSelf Create(T value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The larger in one instruction; either where one is NaN.</summary>
    static abstract TSelf MaxNative(TSelf left, TSelf right);

    /// <summary>a·b + c, fused where the machine can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>1/x within 2 units in the last place for numbers of 1 and above; below the smallest normal number for infinity.</summary>
    static abstract TSelf Reciprocal(TSelf value);

    /// <summary>e^x within 2 units in the last place; 0 below the range, infinity above.</summary>
    static abstract TSelf Exp(TSelf value);

    /// <summary>The natural logarithm of positive numbers.</summary>
    static abstract TSelf Log(TSelf value);

    /// <summary>The nearest bf16 numbers, ties to even, kept in this type (double stays as it is: it is a reference type only).</summary>
    static abstract TSelf RoundToBFloat16(TSelf value);

    /// <summary>Stores the nearest bf16 numbers, ties to even, two bytes each.</summary>
    static abstract void StoreBFloat16(TSelf value, ushort* destination);

    /// <summary>Loads bf16 numbers of two bytes each.</summary>
    static abstract TSelf LoadBFloat16(ushort* source);

    /// <summary>Stores the nearest halves, ties to even, two bytes each; what is too large becomes infinite.</summary>
    static abstract void StoreHalf(TSelf value, ushort* destination);

    /// <summary>Loads finite halves of two bytes each.</summary>
    static abstract TSelf LoadHalf(ushort* source);

    /// <summary>Loads signed bytes.</summary>
    static abstract TSelf LoadSByte(sbyte* source);

    /// <summary>The transpose of a square, <see cref="Count"/> by <see cref="Count"/>; where the source has fewer rows, the last is taken for those that lack.</summary>
    static abstract void Transpose(T* source, nint row, int rows, T* destination, nint destinationRow);

    static abstract T Sum(TSelf value);

    /// <summary>The largest element.</summary>
    static abstract T Largest(TSelf value);
}
