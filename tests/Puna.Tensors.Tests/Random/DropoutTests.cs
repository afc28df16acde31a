using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Masks that are a pure function of their key.</summary>
public class DropoutTests
{
    private const int Count = 40_001;
    private static readonly DropoutKey Key = new(11, 3, 2, 1);

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Elements_are_kept_at_their_rate_and_scaled(double p)
    {
        var kept = Mask(p, Key);
        kept.ShouldAllBe(y => y == 0 || Math.Abs(y - (1 / (1 - p))) < 1e-12);
        var rate = kept.Count(y => y != 0) / (double)Count;
        rate.ShouldBe(1 - p, 5 * Math.Sqrt(p * (1 - p) / Count));
    }

    [Fact]
    public void The_mask_depends_on_seed_step_microbatch_and_layer_and_on_nothing_else()
    {
        var masks = new[] { Key, Key with { Seed = 12 }, Key with { Step = 4 }, Key with { MicroBatch = 3 }, Key with { Layer = 2 }, Key with { MicroBatch = 1, Layer = 2 } }.Select(key => Mask(0.5, key)).ToArray();
        for (var i = 0; i < masks.Length; i++)
        {
            for (var j = i + 1; j < masks.Length; j++)
            {
                var equal = masks[i].Zip(masks[j]).Count(pair => pair.First == pair.Second) / (double)Count;
                equal.ShouldBe(0.5, 0.02, $"masks {i} and {j}");
            }
        }
        Mask(0.5, Key, 1).ShouldBe(masks[0]);
        Mask(0.5, Key, 5).ShouldBe(masks[0]);
    }

    [Fact]
    public void Neighbours_are_kept_independently()
    {
        var kept = Mask(0.5, Key);
        for (var distance = 1; distance <= 4; distance++)
            Enumerable.Range(0, Count - distance).Count(i => kept[i] == kept[i + distance]).ShouldBeInRange((int)(Count * 0.48), (int)(Count * 0.52));
    }

    [Fact]
    public void The_backward_pass_draws_the_same_mask()
    {
        using var bench = new Bench();
        double[] ones = [.. Enumerable.Repeat(1.0, Count)];
        var x = bench.Leaf(ones, new Shape(Count));
        var y = Dropout.Apply(bench.Tape, x, 0.3, Key);
        var forward = Bench.Read(y);
        y.Gradient = bench.Constant(ones, y.Shape);
        bench.Tape.Backward();
        Bench.Read(x.Gradient.ShouldNotBeNull()).ShouldBe(forward);
    }

    [Fact]
    public void Without_recording_or_with_nothing_to_drop_the_input_comes_back()
    {
        using var bench = new Bench();
        var x = bench.Leaf([1, 2], new Shape(2));
        Dropout.Apply(bench.Tape, x, 0, Key).ShouldBeSameAs(x);
        bench.Tape.Recording = false;
        Dropout.Apply(bench.Tape, x, 0.5, Key).ShouldBeSameAs(x);
        foreach (var p in new[] { -0.1, 1, double.NaN }) Should.Throw<ArgumentOutOfRangeException>(() => Dropout.Apply(bench.Tape, x, p, Key));
    }

    [Theory]
    [InlineData(0.2f)]
    [InlineData(0.999f)]
    public unsafe void Wide_registers_draw_the_words_of_the_generator(float p)
    {
        var dropout = new DropoutFactors<float>(p, Key);
        float* wide = stackalloc float[64], plain = stackalloc float[64];
        foreach (var group in new[] { 0ul, 1ul, 0x0FFFFFFFul, 0x10000000ul, 1ul << 40 })
        {
            dropout.Draw(group, wide, true);
            dropout.Draw(group, plain, false);
            new Span<float>(wide, 64).ToArray().ShouldBe(new Span<float>(plain, 64).ToArray());
        }
    }

    [Fact]
    public void Attention_weights_are_dropped_in_training_only_and_at_their_rate()
    {
        const int T = 96, Size = 32;
        using var bench = new Bench();
        var same = bench.Constant(new double[T * Size], new Shape(T, Size)); // equal scores: each key weighs 1/T
        double[] ones = [.. Enumerable.Range(0, T * Size).Select(i => i % Size == i / Size % Size ? 1.0 : 0)];
        var shape = new AttentionShape(1, 1, 1, Size, Causal: false);
        double[] Attend(double p) => Bench.Read(Attention.Apply(bench.Tape, same, same, bench.Constant(ones, new Shape(T, Size)), shape, dropout: new(p, Key)));
        var whole = Attend(0);
        whole.ShouldAllBe(y => Math.Abs(y - (1.0 / Size)) < 1e-12);
        var dropped = Attend(0.25);
        // each output is the sum of 3 weights of 1/96, each kept with probability 3/4 and then 4/3 as large
        dropped.ShouldAllBe(y => Math.Abs((y * 72) - Math.Round(y * 72)) < 1e-9 && y * 72 < 3.5);
        (dropped.Sum() / whole.Sum()).ShouldBe(1, 5 * Math.Sqrt(0.25 / 0.75 / (T * T)));
        bench.Tape.Recording = false;
        Attend(0.25).ShouldBe(whole);
        bench.Tape.Recording = true;
        Should.Throw<ArgumentOutOfRangeException>(() => Attend(1));
    }

    private static double[] Mask(double p, DropoutKey key, int threads = 2)
    {
        using var bench = new Bench(threads: threads);
        return Bench.Read(Dropout.Apply(bench.Tape, bench.Constant([.. Enumerable.Repeat(1.0, Count)], new Shape(Count)), p, key));
    }
}
