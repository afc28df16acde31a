using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Philox against published vectors and a plain reference; the stream over it.</summary>
public class CounterRandomTests
{
    [Theory]
    [InlineData(0ul, 0ul, 0ul, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [InlineData(0x85A308D3243F6A88ul, 0x0370734413198A2Eul, 0x299F31D0A4093822ul, 0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void Philox_gives_the_known_answers_of_its_authors(ulong low, ulong high, ulong key, uint x0, uint x1, uint x2, uint x3) =>
        Philox.Block(low, high, key).ShouldBe((x0, x1, x2, x3));

    [Fact]
    public void Philox_agrees_with_the_formula_written_in_whole_numbers_of_any_size()
    {
        var keys = from low in ArbMap.Default.GeneratorFor<ulong>() from high in ArbMap.Default.GeneratorFor<ulong>() from key in ArbMap.Default.GeneratorFor<ulong>() select (low, high, key);
        Prop.ForAll(keys.ToArbitrary(), x => Philox.Block(x.low, x.high, x.key) == Plain(x.low, x.high, x.key)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_stream_continues_from_any_saved_position()
    {
        var random = new CounterRandom(5, 3);
        uint[] all = [.. Enumerable.Range(0, 100).Select(_ => random.NextUInt32())];
        for (var position = 0; position < 100; position++) new CounterRandom(5, 3) { Position = (ulong)position }.NextUInt32().ShouldBe(all[position]);
        random.Position = 17;
        random.NextUInt32().ShouldBe(all[17]);
        random.Position.ShouldBe(18ul);
    }

    [Fact]
    public void Seeds_and_streams_give_other_numbers()
    {
        var first = new CounterRandom(1).NextUInt64();
        new CounterRandom(2).NextUInt64().ShouldNotBe(first);
        new CounterRandom(1, 1).NextUInt64().ShouldNotBe(first);
        new CounterRandom(1).NextUInt64().ShouldBe(first);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    public void Whole_numbers_are_equally_likely(int below)
    {
        const int Draws = 70_000;
        var counts = new int[below];
        var random = new CounterRandom(8);
        for (var i = 0; i < Draws; i++) counts[random.Next(below)]++;
        var expected = Draws / (double)below;
        // chi-squared: its mean is below − 1; five standard deviations above would be a fault
        counts.Sum(c => (c - expected) * (c - expected) / expected).ShouldBeLessThan(below + (5 * Math.Sqrt(2.0 * below)));
    }

    [Fact]
    public void Large_ranges_are_not_biased()
    {
        const int Range = 3 << 29; // a plain remainder of 32 bits would give the lower two thirds more often
        var random = new CounterRandom(9);
        var low = Enumerable.Range(0, 30_000).Count(_ => random.Next(Range) < Range / 2);
        low.ShouldBeInRange(14_600, 15_400);
        Should.Throw<ArgumentOutOfRangeException>(() => random.Next(0));
    }

    [Fact]
    public void Doubles_lie_in_the_unit_interval_and_normals_have_mean_0_and_variance_1()
    {
        var random = new CounterRandom(10);
        double[] uniform = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextDouble())];
        uniform.ShouldAllBe(x => x >= 0 && x < 1);
        uniform.Average().ShouldBe(0.5, 0.006);
        double[] normal = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextNormal())];
        normal.Average().ShouldBe(0, 0.02);
        normal.Average(x => x * x).ShouldBe(1, 0.03);
        normal.Average(x => x * x * x * x).ShouldBe(3, 0.25);
    }

    [Fact]
    public void A_shuffle_keeps_the_items_and_takes_every_order()
    {
        var random = new CounterRandom(11);
        var seen = new Dictionary<string, int>();
        for (var i = 0; i < 6000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle<char>(items);
            seen[new string(items)] = seen.GetValueOrDefault(new string(items)) + 1;
        }
        seen.Keys.Order().ShouldBe(["abc", "acb", "bac", "bca", "cab", "cba"]);
        seen.Values.ShouldAllBe(count => count > 850 && count < 1150);
    }

    private static (uint, uint, uint, uint) Plain(ulong low, ulong high, ulong key)
    {
        var word = BigInteger.Pow(2, 32);
        BigInteger[] c = [new BigInteger(low) % word, new BigInteger(low) / word, new BigInteger(high) % word, new BigInteger(high) / word];
        BigInteger k0 = new BigInteger(key) % word, k1 = new BigInteger(key) / word;
        for (var round = 0; round < 10; round++)
        {
            BigInteger p0 = new BigInteger(0xD2511F53) * c[0], p1 = new BigInteger(0xCD9E8D57) * c[2];
            c = [(p1 / word) ^ c[1] ^ k0, p1 % word, (p0 / word) ^ c[3] ^ k1, p0 % word];
            (k0, k1) = ((k0 + 0x9E3779B9) % word, (k1 + 0xBB67AE85) % word);
        }
        return ((uint)c[0], (uint)c[1], (uint)c[2], (uint)c[3]);
    }
}
