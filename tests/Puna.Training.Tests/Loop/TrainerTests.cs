using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

public class TrainerTests
{
    [Theory]
    [InlineData(1, 0.0, 1, Precision.Float32)]
    [InlineData(2, 0.1, 3, Precision.Float32)]
    [InlineData(2, 0.0, 1, Precision.BFloat16)]
    public void A_step_takes_next_to_nothing_from_the_managed_heap(int threads, double dropout, int accumulation, Precision precision)
    {
        using var device = new CpuDevice(threads);
        using var trainer = TinyTraining.Trainer(device, TinyTraining.Options with { Dropout = dropout, GradientAccumulation = accumulation, Precision = precision });
        BytesOfAStep(trainer).ShouldBeLessThan(1024);
    }

    [Fact]
    public void Packed_rows_allocate_no_more_within_an_epoch_and_beyond_it()
    {
        using var device = new CpuDevice(1);
        using var trainer = TinyTraining.Trainer(device, data: TinyTraining.Rows);
        BytesOfAStep(trainer).ShouldBeLessThan(1024);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_and_threads_give_the_same_bits(int threads)
    {
        float[] Run()
        {
            using var device = new CpuDevice(threads);
            using var trainer = TinyTraining.Trainer(device, TinyTraining.Options with { Dropout = 0.1, GradientAccumulation = 2 });
            TinyTraining.Advance(trainer, 8);
            return TinyTraining.State(trainer);
        }

        Run().ShouldBe(Run());
    }

    [Fact]
    public void Another_seed_gives_other_dropout_and_so_other_weights()
    {
        using var device = new CpuDevice(1);
        float[] Run(ulong seed)
        {
            using var trainer = TinyTraining.Trainer(device, TinyTraining.Options with { Dropout = 0.2, Seed = seed });
            trainer.Advance();
            return TinyTraining.State(trainer);
        }

        Run(1).ShouldNotBe(Run(2));
    }

    [Fact]
    public void Every_step_and_every_micro_batch_has_dropout_of_its_own()
    {
        using var device = new CpuDevice(1);
        var batch = TokenRows.FromWindows(TinyLlama.Ids(TinyTraining.Length + 1), TinyTraining.Length);
        var still = TinyTraining.Options with { BatchSize = 1, Dropout = 0.3, Schedule = new LearningRateSchedule(ScheduleShape.Constant, 0, 0, 20, 1) };
        using var alone = TinyTraining.Trainer(device, still, new GivenBatches([.. Enumerable.Repeat(batch, 6)]));
        var losses = TinyTraining.Advance(alone, 6).Select(step => step.Loss).ToArray();
        losses.Distinct().Count().ShouldBe(6, "the weights stand still, so only the masks can make a difference");
        using var twice = TinyTraining.Trainer(device, still with { GradientAccumulation = 2 }, new GivenBatches([batch, batch]));
        Math.Abs(twice.Advance().Loss - losses[0]).ShouldBeGreaterThan(1e-4);
    }

    [Fact]
    public void Accumulated_rows_of_unequal_length_give_the_step_of_one_large_batch()
    {
        using var device = new CpuDevice(1);
        var rows = SequencePacker.Pack(((int[])[13, 5, 2, 9, 4, 3]).Select((length, n) => new TrainingSample(TinyLlama.Ids(length, (ulong)n))), TinyTraining.Length, separate: false).Rows;
        TokenRows Some(int first, int count)
        {
            var part = new TokenRows(count, rows.Length, true);
            rows.Ids.AsSpan(first * rows.Length, count * rows.Length).CopyTo(part.Ids);
            rows.Labels.AsSpan(first * rows.Length, count * rows.Length).CopyTo(part.Labels);
            rows.Positions.AsSpan(first * rows.Length, count * rows.Length).CopyTo(part.Positions);
            rows.Documents.AsSpan(first * rows.Length, count * rows.Length).CopyTo(part.Documents);
            return part;
        }

        using var large = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 6 }, new GivenBatches([rows]));
        using var small = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 1, GradientAccumulation = 6 }, new GivenBatches([.. Enumerable.Range(0, 6).Select(n => Some(n, 1))]));
        var (one, many) = (large.Advance(), small.Advance());
        many.Loss.ShouldBe(one.Loss, 1e-6);
        many.GradientNorm.ShouldBe(one.GradientNorm, 1e-5);
        many.LabelTokens.ShouldBe(one.LabelTokens);
        foreach (var (a, b) in small.Network.Parameters.Zip(large.Network.Parameters))
            GoldenModel.RelativeL2(GoldenModel.ToDouble(a.Tensor.Gradient!), GoldenModel.ToDouble(b.Tensor.Gradient!)).ShouldBeLessThan(1e-5, a.Name);
    }

    [Fact]
    public void A_micro_batch_without_any_label_adds_nothing()
    {
        using var device = new CpuDevice(1);
        var rows = TokenRows.FromWindows(TinyLlama.Ids(TinyTraining.Length + 1), TinyTraining.Length);
        using var alone = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 1 }, new GivenBatches([rows]));
        using var beside = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 1, GradientAccumulation = 2 }, new GivenBatches([rows, new TokenRows(1, TinyTraining.Length, false)]));
        beside.Advance().Loss.ShouldBe(alone.Advance().Loss);
        TinyTraining.State(beside).ShouldBe(TinyTraining.State(alone));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_step_names_the_tensor_and_leaves_the_weights()
    {
        using var device = new CpuDevice(1);
        using var trainer = TinyTraining.Trainer(device);
        trainer.Advance();
        ((Transformer)trainer.Network).Norm.Span<float>()[3] = float.NaN;
        var before = TinyTraining.State(trainer);
        var message = Should.Throw<ArithmeticException>(() => trainer.Advance()).Message;
        message.ShouldContain("step 2: loss NaN");
        message.ShouldContain("not finite from norm on");
        TinyTraining.State(trainer).ShouldBe(before);
        trainer.Step.ShouldBe(1);
        ((Transformer)trainer.Network).Norm.Span<float>()[3] = 1;
        double.IsFinite(trainer.Advance().Loss).ShouldBeTrue();
    }

    [Fact]
    public void Training_on_one_batch_learns_it_by_heart()
    {
        using var device = new CpuDevice(2);
        var batch = TokenRows.FromWindows(TinyLlama.Ids(25), TinyTraining.Length);
        using var trainer = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 2, Steps = 150, Schedule = new LearningRateSchedule(ScheduleShape.Constant, 1e-2, 0, 150, 1) },
            new GivenBatches([.. Enumerable.Repeat(batch, 150)]));
        TinyTraining.Advance(trainer, 150)[^1].Loss.ShouldBeLessThan(0.02);
        trainer.TokensSeen.ShouldBe(150 * 24);
    }

    [Theory]
    [InlineData(16, 64, "llama", false, false, Precision.Float32)]
    [InlineData(4, 256, "llama", false, false, Precision.Float32)]
    [InlineData(4, 256, "llama", false, false, Precision.BFloat16)]
    [InlineData(16, 16, "llama", false, false, Precision.BFloat16)]
    [InlineData(4, 256, "llama", true, false, Precision.Float32)]
    [InlineData(4, 256, "llama", true, false, Precision.BFloat16)]
    [InlineData(4, 64, "llama", true, true, Precision.Float32)]
    [InlineData(4, 64, "llama", false, true, Precision.BFloat16)]
    [InlineData(4, 256, "gpt2", false, false, Precision.BFloat16)]
    [InlineData(4, 64, "gpt2", true, true, Precision.Float32)]
    public void Memory_is_as_planned_within_ten_per_cent(int batch, int length, string architecture, bool recomputes, bool dropout, Precision precision)
    {
        using var device = new CpuDevice(1);
        IModelConfig config = architecture == "gpt2"
            ? new Gpt2Config { HiddenSize = 64, IntermediateSize = 256, LayerCount = 5, HeadCount = 4, VocabularySize = 300, ContextLength = 256 }
            : LlamaConfig.Create(64, 176, 5, 4, 2, 300, 256);
        var network = LanguageNetwork.Create(config);
        network.Initialize(1);
        var options = TinyTraining.Options with { BatchSize = batch, RecomputesBlocks = recomputes, Dropout = dropout ? 0.1 : 0, Precision = precision };
        using var trainer = new Trainer(network, device, new WindowData(TinyLlama.Ids(1000, vocabulary: 300), length, 1), options);
        trainer.Advance();
        var planned = MemoryPlan.For(config, options, device, length, 1000).Activations;
        ((double)planned / trainer.PeakActivationBytes).ShouldBeInRange(1.0, 1.1);
    }

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    public void Computing_blocks_again_changes_no_bit_and_spares_memory(string architecture, bool rounds)
    {
        using var device = new CpuDevice(2);
        long[] peaks = [0, 0];
        var weights = new List<float[]>();
        foreach (var recomputes in new[] { false, true })
        {
            IModelConfig config = architecture == "gpt2"
                ? new Gpt2Config { HiddenSize = 32, IntermediateSize = 64, LayerCount = 4, HeadCount = 4, VocabularySize = 300, ContextLength = 64 }
                : LlamaConfig.Create(32, 88, 4, 4, 2, 300, 64);
            var network = LanguageNetwork.Create(config);
            network.Initialize(1);
            using var trainer = new Trainer(network, device, new WindowData(TinyLlama.Ids(1000, vocabulary: 300), 48, 1),
                TinyTraining.Options with { BatchSize = 3, GradientAccumulation = 2, RecomputesBlocks = recomputes, Dropout = 0.2, Precision = rounds ? Precision.BFloat16 : Precision.Float32 });
            TinyTraining.Advance(trainer, 4);
            weights.Add([.. network.Parameters.SelectMany(parameter => parameter.Tensor.Span<float>().ToArray())]);
            peaks[recomputes ? 1 : 0] = trainer.PeakActivationBytes;
        }
        weights[1].ShouldBe(weights[0]);
        peaks[1].ShouldBeLessThan(peaks[0] * 3 / 4);
    }

    [Fact]
    public void A_run_that_cannot_fit_is_refused_with_the_numbers()
    {
        var message = Should.Throw<InvalidDataException>(() => MemoryPlan.For(LlamaShapes.All["llama-3.1-405b"], 8, 8192, 1000).Require(64L << 30)).Message;
        message.ShouldContain("64.0 GiB");
        message.ShouldContain("weights 15");
        message.ShouldContain("lower ");
        MemoryPlan.For(TinyLlama.Config(), 2, 16, 1000).Require(1L << 30);
    }

    /// <summary>Of all threads, in the best of three measurements: the test runner's own threads allocate too, now and then.</summary>
    private static long BytesOfAStep(Trainer trainer)
    {
        TinyTraining.Advance(trainer, 5);
        var least = long.MaxValue;
        for (var measurement = 0; measurement < 3; measurement++)
        {
            var before = GC.GetTotalAllocatedBytes(true);
            for (var step = 0; step < 10; step++) trainer.Advance();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(true) - before) / 10);
        }
        return least;
    }
}
