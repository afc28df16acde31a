using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Attention over a cache: right for every type, shape and length around the edges of pages and spans, and the same bits whoever computes it beside whatever.</summary>
public sealed class AttentionTests
{
    private const int Length = 531;
    private static readonly int[] Edges = [0, 1, 15, 16, 17, 62, 63, 64, 65, 127, 128, 254, 255, 256, 257, 319, 320, 510, 511, 512, 513, 530];

    /// <summary>Head sizes and groups of known models, one that is no multiple of 16, and one larger than a row of scores.</summary>
    private static readonly HeadShape[] Shapes =
    [
        new(1, 8, 32), new(2, 7, 48), new(2, 8, 64), new(2, 4, 64), new(3, 1, 80), new(1, 4, 128), new(2, 1, 128), new(2, 3, 8), new(1, 2, 20), new(1, 33, 16), new(1, 2, 320), new(1, 2, 300),
    ];

    public static TheoryData<string, CacheType> Cases
    {
        get
        {
            var data = new TheoryData<string, CacheType>();
            foreach (var tier in new[] { "portable", "avx2", "avx512", "avx512vnni" })
                foreach (var type in Enum.GetValues<CacheType>()) data.Add(tier, type);
            return data;
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Attention_equals_the_double_precision_reference(string tier, CacheType type)
    {
        Tiers.SkipWhereLacking(tier);
        foreach (var shape in Shapes)
        {
            var numbers = new AttentionNumbers(shape, type, Length, seed: 7);
            using var bench = new AttentionRunner(tier, 2, type, shape);
            var actual = bench.Run(numbers, [Length])[0];
            foreach (var position in Edges)
            {
                var head = (position * 5) % (shape.Heads * shape.Group);
                var expected = numbers.Expected(position, head);
                for (var d = 0; d < shape.Size; d++)
                    ((double)actual[(((position * shape.Heads * shape.Group) + head) * shape.Size) + d]).ShouldBe(expected[d], 2e-5, $"{shape} in {type} on {tier}: position {position}, head {head}, number {d}");
            }
        }
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Cut_into_any_pieces_on_any_threads_beside_any_others_attention_has_the_same_bits(string tier, CacheType type)
    {
        Tiers.SkipWhereLacking(tier);
        foreach (var shape in Shapes)
        {
            var numbers = new AttentionNumbers(shape, type, Length, seed: 9);
            using var one = new AttentionRunner(tier, 1, type, shape);
            var whole = one.Run(numbers, [Length])[0];
            foreach (var (threads, sequences, cuts) in new (int, int, int[])[] { (2, 1, [254, 1, 1, 1, 1, 250, 1]), (3, 1, [7, 64, 1, 100]), (2, 3, [61, 255, 1, 80]) })
            {
                using var other = new AttentionRunner(tier, threads, type, shape);
                foreach (var result in other.Run(numbers, cuts, sequences))
                    Different(result, whole).ShouldBe(-1, $"{shape} in {type} on {tier}: first number that differs, in pieces of {string.Join(", ", cuts)}, {sequences} sequences, {threads} threads");
            }
        }
    }

    [SkippableTheory, InlineData("portable"), InlineData("avx2"), InlineData("avx512vnni")]
    public void What_is_no_number_is_not_hidden(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var shape = new HeadShape(1, 4, 64);
        foreach (var position in new[] { 3, 300 })
        {
            var numbers = new AttentionNumbers(shape, CacheType.Float32, 400, seed: 3);
            numbers.Keys[(position * 64) + 5] = float.NaN;
            using var bench = new AttentionRunner(tier, 2, CacheType.Float32, shape);
            foreach (var cuts in new int[][] { [400], [399, 1] })
            {
                var rows = bench.Run(numbers, cuts)[0].Chunk(4 * 64).ToArray();
                rows[..position].ShouldAllBe(row => row.All(float.IsFinite));
                rows[position..].ShouldAllBe(row => row.All(float.IsNaN));
            }
        }
    }

    private static int Different(float[] a, float[] b)
    {
        for (var i = 0; i < a.Length; i++)
            if (BitConverter.SingleToInt32Bits(a[i]) != BitConverter.SingleToInt32Bits(b[i])) return i;
        return -1;
    }
}
