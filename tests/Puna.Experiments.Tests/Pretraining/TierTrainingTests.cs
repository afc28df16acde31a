using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>Whole training steps, forward, backward and optimizer, under each tier of kernels.</summary>
[Trait("Category", "Long")]
public class TierTrainingTests
{
    private const int Steps = 30;
    private const int Window = 32;
    private const double Tolerance = 1e-3;
    private static readonly Lazy<float[]> Portable = new(() => Losses("portable"));

    public static TheoryData<string> TierNames => [.. KernelTier.All.Select(tier => tier.Name)];

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Every_tier_trains_as_the_portable_one_does(string tier)
    {
        Skip.IfNot(KernelTier.All.Single(t => t.Name == tier).IsSupported, $"this machine lacks {tier}");
        var (expected, found) = (Portable.Value, Losses(tier));
        expected[^1].ShouldBeLessThan(expected[0] - 0.5f, "or there is nothing to compare");
        for (var step = 0; step < Steps; step++) ((double)found[step]).ShouldBe(expected[step], Tolerance, $"step {step + 1}");
    }

    private static float[] Losses(string tier)
    {
        var text = MiniRun.Text(120);
        var tokenizer = CharacterTokenizerTrainer.Train(text);
        // widths that are no multiples of the registers, so that every tail is walked
        var network = new Transformer(LlamaConfig.Create(36, 52, 2, 3, 1, tokenizer.VocabularySize, Window));
        network.Initialize(3);
        using var device = new CpuDevice(2, KernelTier.All.Single(t => t.Name == tier));
        using var trainer = new Trainer(network, device, new WindowData(tokenizer.Encode(text), Window, 5), new TrainerOptions
        {
            Steps = Steps,
            BatchSize = 5,
            Seed = 11,
            Optimizer = new AdamWOptions { WeightDecay = 0.1 },
            Schedule = new LearningRateSchedule(ScheduleShape.Cosine, 3e-3, 4, Steps, 0.1),
        });
        return [.. Enumerable.Range(0, Steps).Select(_ => (float)trainer.Advance().Loss)];
    }
}
