using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Where the parts of a block of <see cref="WeightTileFormat"/> lie for some of its rows.</summary>
/// <param name="format">The format.</param>
internal unsafe struct TilePlaces(WeightTileFormat format)
{
    private readonly int _headerBytes = format.HeaderBytes, _groupBytes = format.GroupBytes, _low = format.ScaleBytes, _high = format.HighPlane;
    private byte* _block;
    private int _row;

    /// <summary>Bytes of a group.</summary>
    public readonly int GroupBytes => _groupBytes;

    /// <summary>Moves to a block and its rows from one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Move(byte* block, int row)
    {
        _block = block;
        _row = row;
    }

    /// <summary>The halves d (0) or m (1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* Halves(int which) => _block + (sizeof(ushort) * ((which * WeightTileFormat.Rows) + _row));

    /// <summary>Bytes of scale and minimum of a group: with n subgroups n rows of scales, then n of minima.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* Bytes(int group, int which) => Group(group) + (which * WeightTileFormat.Rows) + _row;

    /// <summary>The first plane of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* Low(int group) => Group(group) + _low + (sizeof(uint) * _row);

    /// <summary>The second plane of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* High(int group) => Group(group) + _high + (sizeof(uint) * _row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Group(int group) => _block + _headerBytes + (group * _groupBytes);
}
