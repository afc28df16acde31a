using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Tiles hold what the rows hold, whatever the bits: blocks of random bytes, laid side by side on every tier, taken apart again one by one.</summary>
public sealed unsafe class TilePackerTests
{
    private const int TileRows = WeightTileFormat.Rows;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var tier in KernelTier.All)
                foreach (var format in WeightTileFormat.All) data.Add(tier.Name, format.Name);
            return data;
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void A_tile_has_the_values_of_its_rows(string tier, string name)
    {
        Tiers.SkipWhereLacking(tier);
        var (format, tile) = (BlockFormat.ByName(name), WeightTileFormat.Find(name)!);
        var packer = TilePacker.For(name, KernelTier.All.Single(t => t.Name == tier));
        var columns = 3 * tile.BlockColumns;
        var rowBytes = (int)format.RowBytes(columns);
        var pointers = stackalloc byte*[TileRows];
        var codes = stackalloc sbyte[TileRows * WeightTileFormat.GroupColumns];
        foreach (var count in new[] { 1, 5, 16 })
        {
            var rows = RandomRows(format, count * rowBytes, seed: count);
            var values = new float[count * columns];
            format.Dequantize(rows, values);
            var packed = new byte[tile.TileBytes(columns)];
            Array.Fill(packed, (byte)0xFF);
            fixed (byte* from = rows)
            fixed (byte* to = packed)
            {
                for (var r = 0; r < TileRows; r++) pointers[r] = from + (Math.Min(r, count - 1) * rowBytes);
                packer.Pack(pointers, count, columns, to);
                for (var k = 0; k < columns; k++)
                {
                    var block = to + (k / tile.BlockColumns * tile.BlockBytes);
                    var group = block + tile.HeaderBytes + (k % tile.BlockColumns / 32 * tile.GroupBytes);
                    if (k % 32 == 0) TileCodes.Unpack(tile, group, codes);
                    for (var r = 0; r < TileRows; r++)
                    {
                        var (value, size) = Value(tile, block, group, k % 32, r, codes);
                        var expected = r < count ? values[(r * columns) + k] : 0;
                        Math.Abs(value - expected).ShouldBeLessThanOrEqualTo(1e-6 * size, $"{name} on {tier}, {count} rows, row {r}, column {k}");
                    }
                }
            }
        }
    }

    /// <summary>A value out of a tile, and the size of what it is the sum of.</summary>
    private static (double Value, double Size) Value(WeightTileFormat tile, byte* block, byte* group, int column, int row, sbyte* codes)
    {
        double code = codes[(column / 4 * WeightTileFormat.QuadBytes) + (4 * row) + (column % 4)];
        double d = (double)((Half*)block)[row], m = tile.HasMinimum ? (double)((Half*)block)[TileRows + row] : 0;
        if (tile.Scale == TileScale.Half) return ((d * code) + m, Math.Abs(d * code) + Math.Abs(m));
        var subgroup = column * tile.Subgroups / 32;
        double scale = tile.Scale == TileScale.SignedByte ? ((sbyte*)group)[(subgroup * TileRows) + row] : group[(subgroup * TileRows) + row];
        var minimum = tile.HasMinimum ? m * group[((tile.Subgroups + subgroup) * TileRows) + row] : 0;
        return ((d * scale * code) - minimum, Math.Abs(d * scale * code) + Math.Abs(minimum));
    }

    private static byte[] RandomRows(BlockFormat format, int count, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)random.Next(256);
        int[] halves = format.Name switch { "Q2_K" => [80, 82], "Q3_K" => [108], "Q6_K" => [208], "Q4_1" or "Q5_1" or "Q4_K" or "Q5_K" => [0, 2], _ => [0] };
        for (var at = 0; at < count; at += format.BytesPerBlock)
            foreach (var half in halves) BitConverter.TryWriteBytes(bytes.AsSpan(at + half), (Half)(random.NextNormal() * 0.01));
        return bytes;
    }
}
