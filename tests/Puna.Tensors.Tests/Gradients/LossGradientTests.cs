using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The losses' backward passes against finite differences in double.</summary>
public class LossGradientTests
{
    private static readonly int[] Labels = [4, -100, 0, 16, 4, -100, 9];

    [Fact]
    public void LogProb_passes_gradients_except_where_the_label_is_ignored() => FiniteDifferences.Check(
        (bench, x) => LogProb.Apply(bench.Tape, x[0], Bench.Integers(Labels)), Given.Normal(1, 7, 17));

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void CrossEntropy_passes_gradients(double normalizer) => FiniteDifferences.Check(
        (bench, x) => CrossEntropy.Apply(bench.Tape, x[0], Bench.Integers(Labels), normalizer).Loss, Given.Normal(1, 7, 17));

    [Theory]
    [InlineData(0, 7, 17)]
    [InlineData(11, 7, 17)]
    [InlineData(0, 70, 40_000)]
    public void The_fused_loss_passes_gradients_over_one_and_several_chunks(double normalizer, int rows, int vocabulary)
    {
        var labels = Numbers.Below(vocabulary, rows, 3);
        labels[1] = LogProb.Ignore;
        FiniteDifferences.Operation fused = (bench, x) => LinearCrossEntropy.Apply(bench.Tape, x[0], x[1], Bench.Integers(labels), normalizer).Loss;
        Given[] inputs = [Given.Normal(1, rows, 3), Given.Normal(2, vocabulary, 3)];
        if (vocabulary > 100)
        {
            var plain = Gradients((bench, x) => CrossEntropy.Apply(bench.Tape, Linear.Apply(bench.Tape, x[0], x[1]), Bench.Integers(labels), normalizer).Loss, inputs);
            var found = Gradients(fused, inputs);
            for (var i = 0; i < plain.Length; i++) Numbers.Largest(found[i], plain[i]).ShouldBeLessThan(1e-13);
            return;
        }
        FiniteDifferences.Compare(fused, inputs, 0);
        FiniteDifferences.Compare(fused, inputs, 0.5);
    }

    [Fact]
    public void The_fused_loss_without_recording_leaves_gradients_alone()
    {
        using var bench = new Bench();
        bench.Tape.Recording = false;
        Tensor x = bench.Leaf(Numbers.Normal(21, 1), new Shape(7, 3)), w = bench.Leaf(Numbers.Normal(51, 2), new Shape(17, 3));
        var fused = LinearCrossEntropy.Apply(bench.Tape, x, w, Bench.Integers(Labels));
        var plain = CrossEntropy.Apply(bench.Tape, Linear.Apply(bench.Tape, x, w), Bench.Integers(Labels));
        Bench.Read(fused.Loss).ShouldBe(Bench.Read(plain.Loss));
        Bench.Read(fused.TokenLosses).ShouldBe(Bench.Read(plain.TokenLosses));
        fused.Hits.Span<int>().ToArray().ShouldBe(plain.Hits.Span<int>().ToArray());
        x.Gradient.ShouldBeNull();
        w.Gradient.ShouldBeNull();
    }

    [Fact]
    public void The_fused_loss_cannot_be_scaled_afterwards()
    {
        using var bench = new Bench();
        var loss = LinearCrossEntropy.Apply(bench.Tape, bench.Leaf(new double[21], new Shape(7, 3)), bench.Leaf(new double[51], new Shape(17, 3)), Bench.Integers(Labels)).Loss;
        loss.Gradient = bench.Constant([2], new Shape(1));
        Should.Throw<InvalidOperationException>(() => bench.Tape.Backward()).Message.ShouldContain("normaliser");
    }

    [Fact]
    public void A_hit_is_the_first_of_the_largest_logits()
    {
        using var bench = new Bench();
        var logits = bench.Constant([1, 3, 3, 0, 3, 3, 1, 0, 0, 0, 0, 0], new Shape(3, 4));
        CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([1, 1, 0])).Hits.Span<int>().ToArray().ShouldBe([1, 0, 1]);
        CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([2, 0, -100])).Hits.Span<int>().ToArray().ShouldBe([0, 1, 0]);
    }

    [Fact]
    public void Labels_that_do_not_fit_are_refused()
    {
        using var bench = new Bench();
        var logits = bench.Constant(new double[8], new Shape(2, 4));
        Should.Throw<ArgumentException>(() => CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([1, 4]))).Message.ShouldContain("label 4 is outside the vocabulary of 4");
        Should.Throw<ArgumentException>(() => CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([1, -1])));
        Should.Throw<ArgumentException>(() => CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([1])));
        Should.Throw<ArgumentException>(() => CrossEntropy.Apply(bench.Tape, logits, Bench.Integers([-100, -100]))).Message.ShouldContain("every label is ignored");
    }

    private static double[][] Gradients(FiniteDifferences.Operation operation, Given[] inputs)
    {
        using var bench = new Bench();
        Tensor[] leaves = [.. inputs.Select(input => bench.Leaf(input.Values, input.Shape))];
        bench.Tape.Backward(operation(bench, leaves));
        return [.. leaves.Select(leaf => Bench.Read(leaf.Gradient.ShouldNotBeNull()))];
    }
}
