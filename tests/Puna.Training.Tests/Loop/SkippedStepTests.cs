using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>A step whose loss or gradient is not finite leaves no trace but a gap in data and schedule.</summary>
public sealed class SkippedStepTests : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void The_step_is_counted_and_weights_and_moments_stay()
    {
        var (poisoned, data) = Poisoned(3, TinyTraining.Options, 2, 3);
        TinyTraining.Advance(poisoned, 2);
        var before = TinyTraining.State(poisoned);
        var skipped = poisoned.Advance();
        (skipped.Step, skipped.IsSkipped, double.IsFinite(skipped.Loss), skipped.LearningRate).ShouldBe((3, true, false, TinyTraining.Options.Schedule.At(3)));
        poisoned.Advance().IsSkipped.ShouldBeTrue();
        (poisoned.Step, poisoned.Skipped, poisoned.SkippedInARow).ShouldBe((4, 2, 2));
        data.Heal();
        TinyTraining.State(poisoned).ShouldBe(before);
        var next = poisoned.Advance();
        (next.Step, next.IsSkipped, next.LearningRate).ShouldBe((5, false, TinyTraining.Options.Schedule.At(5)));
        (poisoned.Skipped, poisoned.SkippedInARow).ShouldBe((2, 0));
        poisoned.TokensSeen.ShouldBe(3 * next.LabelTokens);
        poisoned.Dispose();
    }

    [Fact]
    public void For_the_optimizer_a_skipped_step_never_was()
    {
        // Under a constant rate nothing but the data tells one step from another: skipping 2 and 3 is having data without them.
        var options = TinyTraining.Options with { Schedule = new LearningRateSchedule(ScheduleShape.Constant, 3e-3, 0, 20, 1) };
        var (poisoned, _) = Poisoned(3, options, 2, 3);
        TinyTraining.Advance(poisoned, 10);
        using var other = TinyTraining.Trainer(_device, options, new WithoutSteps(TinyTraining.Windows, 2, 3));
        TinyTraining.Advance(other, 8);
        TinyTraining.State(poisoned).ShouldBe(TinyTraining.State(other));
        poisoned.Dispose();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void A_run_with_skipped_steps_that_is_stopped_and_resumed_is_bit_for_bit_the_whole(int stop)
    {
        using var folder = new TemporaryFolder();
        var (whole, _) = Poisoned(3, TinyTraining.Options, 3, 4, 7);
        var expected = TinyTraining.Advance(whole, 12);
        expected.Count(step => step.IsSkipped).ShouldBe(3);
        var (first, data) = Poisoned(3, TinyTraining.Options, 3, 4, 7);
        TinyTraining.Advance(first, stop);
        data.Heal();
        TrainingCheckpoint.Save(folder["step"], first, TinyLlama.Model(first.Network), 0, 0);
        var (second, _) = Poisoned(99, TinyTraining.Options, 3, 4, 7);
        var state = TrainingCheckpoint.Load(folder["step"], second);
        (state.Skipped, state.SkippedInARow).ShouldBe((first.Skipped, first.SkippedInARow));
        TinyTraining.Advance(second, 12 - stop).ShouldBe(expected[stop..]);
        TinyTraining.State(second).ShouldBe(TinyTraining.State(whole));
        (second.Skipped, second.TokensSeen).ShouldBe((whole.Skipped, whole.TokensSeen));
        foreach (var trainer in (Trainer[])[whole, first, second]) trainer.Dispose();
    }

    [Fact]
    public void More_steps_in_a_row_than_allowed_end_the_training_and_others_start_the_count_again()
    {
        var (trainer, _) = Poisoned(3, TinyTraining.Options, 1, 2, 4, 5, 7, 8, 9);
        TinyTraining.Advance(trainer, 9);
        trainer.Skipped.ShouldBe(6);
        var message = Should.Throw<ArithmeticException>(() => trainer.Advance()).Message;
        message.ShouldStartWith("step 10: loss NaN, gradient norm NaN, after 2 steps in a row that were skipped for the same; ");
        message.ShouldContain("not finite from norm on");
        trainer.Step.ShouldBe(9);
        trainer.Dispose();
    }

    [Theory]
    [InlineData("tok_embeddings")]
    [InlineData("layers.0.attention_norm")]
    [InlineData("layers.0.attention")]
    [InlineData("layers.1.ffn_norm")]
    [InlineData("layers.1.feed_forward")]
    [InlineData("norm")]
    [InlineData("output")]
    public void The_layer_where_it_begins_is_named_as_Meta_names_it(string layer)
    {
        var network = TinyLlama.Network();
        using var trainer = new Trainer(network, _device, TinyTraining.Windows, TinyTraining.Options with { Dropout = 0.1, GradientAccumulation = 2 });
        var weight = layer switch
        {
            "tok_embeddings" => network.TokenEmbeddings,
            "layers.0.attention_norm" => network.Layers[0].AttentionNorm,
            "layers.0.attention" => network.Layers[0].Attention.Key,
            "layers.1.ffn_norm" => network.Layers[1].FeedForwardNorm,
            "layers.1.feed_forward" => network.Layers[1].FeedForward.Down,
            "norm" => network.Norm,
            _ => network.Output,
        };
        weight.Span<float>().Fill(float.PositiveInfinity);
        Should.Throw<ArithmeticException>(() => trainer.Advance()).Message.ShouldContain($"the forward pass is not finite from {layer} on");
    }

    [Theory]
    [InlineData("model.embed_tokens.weight", "tok_embeddings")]
    [InlineData("model.layers.1.input_layernorm.weight", "layers.1.attention_norm")]
    [InlineData("model.layers.0.self_attn.o_proj.weight", "layers.0.attention")]
    [InlineData("model.layers.1.post_attention_layernorm.weight", "layers.1.ffn_norm")]
    [InlineData("model.layers.1.mlp.up_proj.weight", "layers.1.feed_forward")]
    [InlineData("model.norm.weight", "norm")]
    [InlineData("lm_head.weight", "output")]
    [InlineData("transformer.h.3.something", "transformer.h.3.something")]
    public void A_gradient_that_is_not_finite_is_traced_to_where_the_backward_pass_met_it_first(string name, string module)
    {
        NonFinite.ModuleOf(name).ShouldBe(module);
        var network = TinyLlama.Network();
        using var trainer = new Trainer(network, _device, TinyTraining.Windows, TinyTraining.Options);
        trainer.Advance();
        NonFinite.Gradient(network.Parameters).ShouldBeNull();
        // what comes before in the forward pass is reached later by the backward pass and inherits it
        foreach (var parameter in network.Parameters)
        {
            parameter.Tensor.Gradient!.Span<float>()[^1] = float.NegativeInfinity;
            if (parameter.Name != name) continue;
            NonFinite.Gradient(network.Parameters).ShouldBe(parameter);
            break;
        }
    }

    [Fact]
    public void Gradients_that_are_finite_but_too_large_for_a_norm_are_told_apart()
    {
        var network = TinyLlama.Network();
        using var trainer = new Trainer(network, _device, TinyTraining.Windows, TinyTraining.Options);
        // Logits of about 1 from a huge norm and a tiny projection: the loss is fine, the square of the projection's gradient is not.
        network.Norm.Span<float>().Fill(1e30f);
        foreach (ref var value in network.Output.Span<float>()) value *= 1e-30f;
        var message = Should.Throw<ArithmeticException>(() => trainer.Advance()).Message;
        message.ShouldContain("each gradient is finite, their norm is not");
        message.ShouldNotContain("NaN");
    }

    [Fact]
    public void No_checkpoint_is_due_while_steps_are_skipped_and_the_time_is_booked_as_lost()
    {
        var (trainer, _) = Poisoned(3, TinyTraining.Options, 3, 4);
        List<int> saved = [];
        var clock = new TrainingClock();
        TrainingLoop.Run(trainer, new TrainingHooks { Save = progress => saved.Add(progress.Result.Step), SaveEvery = 5 }, clock: clock);
        saved.ShouldBe([6, 10, 15, 20]);
        clock.Spent.Skipped.ShouldBeGreaterThan(0);
        clock.Spent.Training.ShouldBeGreaterThan(0);
        trainer.Dispose();
    }

    /// <summary>A trainer that meets NaN in its last norm at the 0-based steps given and may skip two in a row.</summary>
    private (Trainer Trainer, PoisonedData Data) Poisoned(ulong seed, TrainerOptions options, params int[] steps)
    {
        var network = TinyLlama.Network(seed: seed);
        var data = new PoisonedData(TinyTraining.Windows, network.Norm, float.NaN, steps);
        return (new Trainer(network, _device, data, options with { MaxSkippedSteps = 2 }), data);
    }

    private sealed class WithoutSteps(ITrainingData data, int first, int last) : ITrainingData
    {
        public int SequenceLength => data.SequenceLength;

        public bool HasDocuments => data.HasDocuments;

        public void Fill(TokenBatch batch, int step, int microBatch, int microBatches) => data.Fill(batch, step < first ? step : step + 1 + last - first, microBatch, microBatches);
    }
}
