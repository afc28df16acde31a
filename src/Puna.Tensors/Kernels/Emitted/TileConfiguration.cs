using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// What LDTILECFG loads: how many rows, and how many bytes in each, the eight tile registers have (Intel Software Developer's Manual, volume 1,
/// chapter 18: palette 1 allows 16 rows of 64 bytes). A register of no rows cannot be used; what a tile has beyond its rows is neither
/// read from memory nor written to it.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct TileConfiguration
{
    /// <summary>Rows of a full tile.</summary>
    public const int MostRows = 16;

    /// <summary>Bytes in a row of a full tile.</summary>
    public const int RowBytes = 64;

    [FieldOffset(0)]
    private byte _palette;

    [FieldOffset(16)]
    private fixed ushort _rowBytes[8];

    [FieldOffset(48)]
    private fixed byte _rows[8];

    /// <summary>Sets a register's shape.</summary>
    /// <param name="register">0 to 7.</param>
    /// <param name="rows">0 to 16.</param>
    /// <param name="columns">0 to 16 numbers of 32 bits in a row.</param>
    public void Set(int register, int rows, int columns)
    {
        var used = rows > 0 && columns > 0;
        _palette = 1;
        _rows[register] = (byte)(used ? rows : 0);
        _rowBytes[register] = (ushort)(used ? columns * sizeof(uint) : 0);
    }
}
