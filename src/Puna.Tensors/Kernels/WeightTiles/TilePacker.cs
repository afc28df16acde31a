namespace Puna.Tensors;

/// <summary>Lays 16 rows of a format side by side as <see cref="WeightTileFormat"/> says.</summary>
internal abstract unsafe class TilePacker
{
    private static readonly Dictionary<string, TilePacker> All = new()
    {
        ["Q8_0"] = new Of<Q8_0Source>("Q8_0"),
        ["Q4_0"] = new Of<Q4_0Source>("Q4_0"),
        ["Q4_1"] = new Of<Q4_1Source>("Q4_1"),
        ["Q5_0"] = new Of<Q5_0Source>("Q5_0"),
        ["Q5_1"] = new Of<Q5_1Source>("Q5_1"),
        ["Q2_K"] = new Of<Q2_KSource>("Q2_K"),
        ["Q3_K"] = new Of<Q3_KSource>("Q3_K"),
        ["Q4_K"] = new Of<Q4_KSource>("Q4_K"),
        ["Q5_K"] = new Of<Q5_KSource>("Q5_K"),
        ["Q6_K"] = new Of<Q6_KSource>("Q6_K"),
        ["IQ4_NL"] = new Of<Q4_0Source>("IQ4_NL"),
        ["IQ4_XS"] = new Of<IQ4_XSSource>("IQ4_XS"),
    };

    /// <summary>The packer of a format with tiles of codes.</summary>
    public static TilePacker For(string name) => All[name];

    /// <summary>Packs one tile.</summary>
    /// <param name="rows">Where its rows begin.</param>
    /// <param name="count">Rows there are, 1 to 16; those that lack become zeros.</param>
    /// <param name="columns">Columns, whole blocks.</param>
    /// <param name="tile">Receives <see cref="WeightTileFormat.TileBytes"/>.</param>
    public abstract void Pack(byte** rows, int count, int columns, byte* tile);

    private sealed class Of<T>(string name) : TilePacker
        where T : struct, ITileSource
    {
        private readonly WeightTileFormat _format = WeightTileFormat.Find(name)!;
        private readonly int _fileBlockBytes = BlockFormat.ByName(name).BytesPerBlock;

        public override void Pack(byte** rows, int count, int columns, byte* tile)
        {
            const int R = WeightTileFormat.Rows;
            var format = _format;
            var (scaleBytes, highPlane, groupBytes, lowBits, highBits) = (format.ScaleBytes, format.HighPlane, format.GroupBytes, format.LowBits, format.HighBits);
            var blocks = columns / format.BlockColumns;
            if (count < R) new Span<byte>(tile, (int)format.TileBytes(columns)).Clear();
            var quads = stackalloc uint[WeightTileFormat.Quads];
            for (var b = 0; b < blocks; b++, tile += format.BlockBytes)
            {
                for (var r = 0; r < count; r++)
                {
                    var block = rows[r] + ((long)b * _fileBlockBytes);
                    ((ushort*)tile)[r] = T.Scale(block);
                    if (format.HasMinimum) ((ushort*)tile)[R + r] = T.Minimum(block);
                    for (var g = 0; g < format.GroupsPerBlock; g++)
                    {
                        var group = tile + format.HeaderBytes + (g * groupBytes);
                        if (scaleBytes > 0)
                        {
                            for (var s = 0; s < format.Subgroups; s++)
                            {
                                var (scale, minimum) = T.Bytes(block, (g * format.Subgroups) + s);
                                group[(s * R) + r] = scale;
                                if (format.HasMinimum) group[((format.Subgroups + s) * R) + r] = minimum;
                            }
                        }
                        T.Quads(block, g, quads);
                        Spread((uint*)(group + scaleBytes) + r, quads, lowBits, 0);
                        if (highBits > 0) Spread((uint*)(group + highPlane) + r, quads, highBits, lowBits);
                    }
                }
            }
        }

        /// <summary>Writes a row's bits of a plane: <paramref name="bits"/> of each code from bit <paramref name="from"/> on.</summary>
        private static void Spread(uint* plane, uint* quads, int bits, int from)
        {
            const int R = WeightTileFormat.Rows;
            switch (bits)
            {
                case 8:
                    for (var q = 0; q < 8; q++) plane[q * R] = quads[q];
                    break;
                case 4:
                    for (var q = 0; q < 4; q++) plane[q * R] = (quads[q] & QuadBits.Nibbles) | ((quads[q + 4] & QuadBits.Nibbles) << 4);
                    break;
                case 2:
                    for (var q = 0; q < 2; q++)
                    {
                        var word = 0u;
                        for (var f = 0; f < 4; f++) word |= ((quads[q + (2 * f)] >> from) & QuadBits.Pairs) << (2 * f);
                        plane[q * R] = word;
                    }
                    break;
                default:
                    var ones = 0u;
                    for (var q = 0; q < 8; q++) ones |= ((quads[q] >> from) & 0x01010101) << q;
                    plane[0] = ones;
                    break;
            }
        }
    }
}
