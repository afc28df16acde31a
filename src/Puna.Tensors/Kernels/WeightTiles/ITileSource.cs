namespace Puna.Tensors;

/// <summary>How a format's blocks are taken apart for laying rows side by side.</summary>
internal unsafe interface ITileSource
{
    /// <summary>Lays one block of several rows into a tile. Reads nothing beyond the block.</summary>
    /// <typeparam name="W">Register of words of so many rows.</typeparam>
    /// <param name="rows">As many rows as a register has.</param>
    /// <param name="at">Where the block begins in each row.</param>
    /// <param name="tile">The places of that block and those rows.</param>
    static abstract void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>;
}
