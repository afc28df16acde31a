namespace Puna.Tensors;

/// <summary>One register with a word of 32 bits from each of several rows: what rows are laid side by side with.</summary>
/// <typeparam name="TSelf">The register type.</typeparam>
internal unsafe interface IRowWords<TSelf>
    where TSelf : unmanaged, IRowWords<TSelf>
{
    /// <summary>Rows in a register; divides the 16 of a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Reads 16 bytes of each row: four registers, the first words of all rows, the second ones, and so on.</summary>
    static abstract void Load(byte** rows, nint offset, out TSelf first, out TSelf second, out TSelf third, out TSelf fourth);

    /// <summary>The same for 64 bytes of each row, one row's after another's (rows may be apart by a multiple of 4,096 bytes, and then few of them fit the cache at once); word i is written to <paramref name="to"/> + 64·i.</summary>
    static abstract void LayLine(byte** rows, nint offset, byte* to);

    /// <summary>Reads what <see cref="Store"/> wrote.</summary>
    static abstract TSelf LoadRows(byte* source);

    static abstract TSelf Create(uint value);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator <<(TSelf value, int bits);

    static abstract TSelf operator >>>(TSelf value, int bits);

    /// <summary>Writes four bytes a row.</summary>
    static abstract void Store(TSelf value, byte* destination);

    /// <summary>Writes the low two bytes of each row.</summary>
    static abstract void StoreHalves(TSelf value, byte* destination);

    /// <summary>Writes the lowest byte of each row.</summary>
    static abstract void StoreBytes(TSelf value, byte* destination);
}
