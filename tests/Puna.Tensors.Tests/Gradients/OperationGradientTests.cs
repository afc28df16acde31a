using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Every operation's backward pass against finite differences in double.</summary>
public class OperationGradientTests
{
    [Fact]
    public void Linear_passes_gradients_to_input_weight_and_bias() => FiniteDifferences.Check(
        (bench, x) => Linear.Apply(bench.Tape, x[0], x[1], x[2]), Given.Normal(1, 7, 11), Given.Normal(2, 5, 11), Given.Normal(3, 5));

    [Fact]
    public void Linear_of_one_row_passes_gradients() => FiniteDifferences.Check(
        (bench, x) => Linear.Apply(bench.Tape, x[0], x[1]), Given.Normal(1, 1, 700), Given.Normal(2, 9, 700));

    [Fact]
    public void Two_layers_of_one_input_pass_gradients() => FiniteDifferences.Check(
        (bench, x) =>
        {
            var (a, b) = LinearGroup.Apply(bench.Tape, x[0], x[1], x[2]);
            return SwiGlu.Apply(bench.Tape, a, b);
        },
        Given.Normal(1, 7, 11), Given.Normal(2, 5, 11), Given.Normal(3, 5, 11));

    [Fact]
    public void Three_layers_of_one_input_pass_gradients() => FiniteDifferences.Check(
        (bench, x) =>
        {
            var (a, b, c) = LinearGroup.Apply(bench.Tape, x[0], x[1], x[2], x[3]);
            return Attention.Apply(bench.Tape, a, b, c, new AttentionShape(1, 4, 2, 3));
        },
        Given.Normal(1, 7, 11), Given.Normal(2, 12, 11), Given.Normal(3, 6, 11), Given.Normal(4, 6, 11));

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    public void A_residual_sum_and_its_norm_pass_gradients(int columns) => FiniteDifferences.Check(
        (bench, x) =>
        {
            // as in a block: the stream is an activation, the branch is computed from it, and both results are used
            var stream = Add.Apply(bench.Tape, x[0], bench.Constant(new double[5 * columns], new Shape(5, columns)));
            var (sum, normal) = AddRmsNorm.Apply(bench.Tape, stream, Linear.Apply(bench.Tape, RmsNorm.Apply(bench.Tape, stream, x[2], 1e-5), x[1]), x[2], 1e-5);
            return Add.Apply(bench.Tape, sum, normal);
        },
        Given.Normal(1, 5, columns), Given.Normal(2, columns, columns), Given.Normal(3, columns));

    [Fact]
    public void A_part_computed_again_passes_the_gradients_of_one_that_is_kept() => FiniteDifferences.Check(
        (bench, x) =>
        {
            var stream = Add.Apply(bench.Tape, x[0], bench.Constant(new double[5 * 11], new Shape(5, 11)));
            return bench.Tape.Checkpoint(stream, s => (s, Linear.Apply(bench.Tape, RmsNorm.Apply(bench.Tape, s, x[2], 1e-5), x[1])));
        },
        Given.Normal(1, 5, 11), Given.Normal(2, 11, 11), Given.Normal(3, 11));

    [Fact]
    public void Embedding_adds_the_rows_of_equal_ids() => FiniteDifferences.Check(
        (bench, x) => Embedding.Apply(bench.Tape, x[0], Bench.Integers([3, 0, 3, 4, 3, 0])), Given.Normal(1, 5, 37));

    [Fact]
    public void Slices_of_columns_put_their_gradients_side_by_side() => FiniteDifferences.Check(
        (bench, x) => Add.Apply(bench.Tape, ColumnSlice.Apply(bench.Tape, x[0], 19, 17), ColumnSlice.Apply(bench.Tape, x[0], 2, 17)), Given.Normal(1, 5, 37));

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(64)]
    public void RmsNorm_passes_gradients(int columns) => FiniteDifferences.Check(
        (bench, x) => RmsNorm.Apply(bench.Tape, x[0], x[1], 1e-5), Given.Normal(1, 5, columns), Given.Normal(2, columns));

    [Theory]
    [InlineData(3)]
    [InlineData(37)]
    public void LayerNorm_passes_gradients(int columns) => FiniteDifferences.Check(
        (bench, x) => LayerNorm.Apply(bench.Tape, x[0], x[1], x[2], 1e-5), Given.Normal(1, 5, columns), Given.Normal(2, columns), Given.Normal(3, columns));

    [Theory]
    [InlineData(RopeLayout.Half)]
    [InlineData(RopeLayout.Interleaved)]
    public void Rope_rotates_gradients_back(RopeLayout layout) => FiniteDifferences.Check(
        (bench, x) =>
        {
            var half = 3;
            var angles = Numbers.Normal(9 * half, 4);
            var cosine = bench.Constant([.. angles.Select(Math.Cos)], new Shape(9, half));
            var sine = bench.Constant([.. angles.Select(Math.Sin)], new Shape(9, half));
            // it works in place, so it gets an activation, not the leaf
            var activation = Add.Apply(bench.Tape, x[0], bench.Constant(new double[5 * 12], new Shape(5, 12)));
            return Rope.Apply(bench.Tape, activation, Bench.Integers([8, 0, 3, 3, 1]), cosine, sine, 2 * half, layout);
        },
        Given.Normal(1, 5, 12));

    [Fact]
    public void SwiGlu_passes_gradients_to_both_halves() => FiniteDifferences.Check(
        (bench, x) => SwiGlu.Apply(bench.Tape, x[0], x[1]), Given.Normal(1, 5, 23), Given.Normal(2, 5, 23));

    [Fact]
    public void SwiGlu_may_gate_itself() => FiniteDifferences.Check((bench, x) => SwiGlu.Apply(bench.Tape, x[0], x[0]), Given.Normal(1, 5, 23));

    [Fact]
    public void Gelu_passes_gradients() => FiniteDifferences.Check((bench, x) => Gelu.Apply(bench.Tape, x[0]), Given.Normal(1, 5, 23));

    [Fact]
    public void Add_passes_gradients_to_both() => FiniteDifferences.Check((bench, x) => Add.Apply(bench.Tape, x[0], x[1]), Given.Normal(1, 5, 7), Given.Normal(2, 5, 7));

    [Fact]
    public void Add_of_a_tensor_to_itself_doubles_the_gradient() => FiniteDifferences.Check((bench, x) => Add.Apply(bench.Tape, x[0], x[0]), Given.Normal(1, 5, 7));

    [Fact]
    public void A_residual_chain_that_reuses_memory_keeps_gradients_apart() => FiniteDifferences.Check(
        (bench, x) =>
        {
            var first = Add.Apply(bench.Tape, x[0], Gelu.Apply(bench.Tape, x[0]));
            var second = Add.Apply(bench.Tape, first, SwiGlu.Apply(bench.Tape, first, x[1]));
            return Add.Apply(bench.Tape, first, second);
        },
        Given.Normal(1, 5, 7), Given.Normal(2, 5, 7));

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    public void Softmax_passes_gradients(int columns) => FiniteDifferences.Check((bench, x) => Softmax.Apply(bench.Tape, x[0]), Given.Normal(1, 5, columns));

    [Fact]
    public void Dropout_with_a_fixed_key_passes_the_gradients_it_kept() => FiniteDifferences.Check(
        (bench, x) => Dropout.Apply(bench.Tape, x[0], 0.3, new DropoutKey(5, 2, 1, 7)), Given.Normal(1, 9, 13));
}
