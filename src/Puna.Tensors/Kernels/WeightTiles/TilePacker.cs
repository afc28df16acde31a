using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Lays 16 rows of a format side by side, words of several rows at a time: quantised ones as <see cref="WeightTileFormat"/> says, plain numbers as <see cref="FloatTiles"/> says.</summary>
internal abstract unsafe class TilePacker
{
    /// <summary>The packer of a format of codes on a tier.</summary>
    /// <exception cref="NotSupportedException">There are no tiles of the format.</exception>
    public static TilePacker For(string format, KernelTier tier) => tier.Name switch
    {
        "portable" => For<PortableRowWords>(format),
        "avx2" => For<Avx2RowWords>(format),
        _ => For<Avx512RowWords>(format),
    };

    /// <summary>The packer of plain numbers on a tier.</summary>
    public static TilePacker For(FloatTileKind kind, KernelTier tier) => tier.Name switch
    {
        "portable" => new FloatTilePacker<PortableRowWords>(kind),
        "avx2" => new FloatTilePacker<Avx2RowWords>(kind),
        _ => new FloatTilePacker<Avx512RowWords>(kind),
    };

    /// <summary>Packs one tile, or some columns of it.</summary>
    /// <param name="rows">Where its 16 rows begin; memory that may be read instead of those that lack.</param>
    /// <param name="count">Rows there are, 1 to 16; those that lack become zeros.</param>
    /// <param name="columns">Columns, whole blocks.</param>
    /// <param name="tile">Receives the tile.</param>
    public void Pack(byte** rows, int count, int columns, byte* tile)
    {
        PackAll(rows, columns, tile);
        if (count < WeightTileFormat.Rows) ClearFrom(count, columns, tile);
    }

    /// <summary>Packs 16 rows.</summary>
    protected abstract void PackAll(byte** rows, int columns, byte* tile);

    /// <summary>Makes the rows of a tile from one on stand for zeros.</summary>
    protected abstract void ClearFrom(int row, int columns, byte* tile);

    private static TilePacker For<W>(string format)
        where W : unmanaged, IRowWords<W> => format switch
        {
            "Q8_0" => new Of<Q8_0Source, W>(format),
            "Q4_0" or "IQ4_NL" => new Of<Q4_0Source, W>(format),
            "Q4_1" => new Of<Q4_1Source, W>(format),
            "Q5_0" => new Of<Q5_0Source, W>(format),
            "Q5_1" => new Of<Q5_1Source, W>(format),
            "Q2_K" => new Of<Q2_KSource, W>(format),
            "Q3_K" => new Of<Q3_KSource, W>(format),
            "Q4_K" => new Of<Q4_KSource, W>(format),
            "Q5_K" => new Of<Q5_KSource, W>(format),
            "Q6_K" => new Of<Q6_KSource, W>(format),
            "IQ4_XS" => new Of<IQ4_XSSource, W>(format),
            _ => throw new NotSupportedException($"there are no tiles of rows in {format}"),
        };

    private sealed class Of<T, W>(string name) : TilePacker
        where T : struct, ITileSource
        where W : unmanaged, IRowWords<W>
    {
        private readonly WeightTileFormat _format = WeightTileFormat.Find(name)!;
        private readonly int _fileBlockBytes = BlockFormat.ByName(name).BytesPerBlock;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void PackAll(byte** rows, int columns, byte* tile)
        {
            var (blocks, blockBytes, fileBlockBytes) = (columns / _format.BlockColumns, _format.BlockBytes, _fileBlockBytes);
            var places = new TilePlaces(_format);
            for (nint b = 0; b < blocks; b++, tile += blockBytes)
            {
                for (var row = 0; row < WeightTileFormat.Rows; row += W.Rows)
                {
                    places.Move(tile, row);
                    T.Lay<W>(rows + row, b * fileBlockBytes, places);
                }
            }
        }

        protected override void ClearFrom(int row, int columns, byte* tile)
        {
            // with d and m of 0 codes and scales are worth nothing
            for (var b = 0; b < columns / _format.BlockColumns; b++, tile += _format.BlockBytes)
                for (var half = 0; half < _format.HeaderBytes / sizeof(ushort); half += WeightTileFormat.Rows)
                    new Span<ushort>((ushort*)tile + half + row, WeightTileFormat.Rows - row).Clear();
        }
    }
}
