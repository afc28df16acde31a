using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The inner product of attention is one chain of fused additions for each number, whoever computes it; assembled and compiled ones give the same bits.</summary>
public sealed unsafe class AttentionTilesTests
{
    public static TheoryData<string, CacheType> Cases
    {
        get
        {
            var data = new TheoryData<string, CacheType>();
            foreach (var tier in new[] { "avx2", "avx512", "avx512vnni" })
                foreach (var type in Enum.GetValues<CacheType>()) data.Add(tier, type);
            return data;
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Products_are_chains_of_fused_additions(string tier, CacheType type)
    {
        Tiers.SkipWhereLacking(tier);
        const int MostSides = 9, MostCount = 256, Side = CacheLayout.Side;
        var tiles = AttentionTiles.For(type, KernelTier.All.Single(t => t.Name == tier));
        var a = Numbers.Normal(AttentionTiles.Rows * AttentionTiles.RowNumbers, 1).Select(x => (float)x).ToArray();
        var values = Numbers.Below(200, MostSides * MostCount * Side, 2).Select(x => x - 100).ToArray();
        var b = Bytes(values, type);
        var random = new CounterRandom(3);
        for (var rows = 1; rows <= AttentionTiles.Rows; rows++)
        {
            for (var sides = 1; sides <= MostSides; sides++)
            {
                foreach (var keys in new[] { true, false })
                {
                    var (count, adds) = (1 + random.Next(MostCount), random.Next(2) == 1);
                    // as keys lie, [side][i][16], or as values lie, [i][side][16]
                    var (step, side) = keys ? (Side, count * Side) : (sides * Side, Side);
                    var c = Numbers.Normal(AttentionTiles.Rows * MostSides * Side, 4).Select(x => (float)x).ToArray();
                    var expected = (float[])c.Clone();
                    for (var row = 0; row < rows; row++)
                        for (var column = 0; column < sides * Side; column++)
                        {
                            ref var sum = ref expected[(row * MostSides * Side) + column];
                            if (!adds) sum = 0;
                            for (var i = 0; i < count; i++) sum = MathF.FusedMultiplyAdd(values[(column / Side * side) + (column % Side) + (i * step)], a[(row * AttentionTiles.RowNumbers) + i], sum);
                        }
                    var number = CacheLayout.BytesOf(type);
                    fixed (float* pa = a, pc = c)
                    fixed (byte* pb = b)
                    {
                        var arguments = new AttentionTileArguments { A = pa, AEnd = pa + count, B = pb, StepBytes = step * number, SideBytes = side * number, C = pc, CRowBytes = MostSides * Side * sizeof(float), Adds = adds ? 1 : 0, Ahead = pb };
                        tiles.Multiply(rows, sides, &arguments);
                    }
                    for (var row = 0; row < rows; row++)
                        for (var column = 0; column < MostSides * Side; column++)
                            c[(row * MostSides * Side) + column].ShouldBe(expected[(row * MostSides * Side) + column], $"{rows} rows, {sides} sides, {count} numbers, adds {adds}, keys {keys}: row {row}, column {column}");
                }
            }
        }
    }

    private static byte[] Bytes(int[] values, CacheType type) => type switch
    {
        CacheType.Float32 => [.. values.SelectMany(x => BitConverter.GetBytes((float)x))],
        CacheType.Float16 => [.. values.SelectMany(x => BitConverter.GetBytes((Half)x))],
        CacheType.BFloat16 => [.. values.SelectMany(x => BitConverter.GetBytes((ushort)(BitConverter.SingleToInt32Bits(x) >> 16)))],
        _ => [.. values.Select(x => (byte)(sbyte)x)],
    };
}
