using System.Diagnostics;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Benchmarks;

/// <summary>What <see cref="TrainingBench"/> measured.</summary>
/// <param name="Recipe">Name of the recipe.</param>
/// <param name="TokensPerSecond">Positions trained a second, over all measured steps.</param>
/// <param name="Mfu">Model FLOPs utilisation, a fraction: PaLM's count (<see cref="ModelFlops"/>) over <paramref name="PeakFlops"/>.</param>
/// <param name="PeakFlops">Operations a second of the machine's best tier with the same threads: the mean of just before and just after.</param>
/// <param name="PeakBefore">The same, before.</param>
/// <param name="PeakAfter">The same, after.</param>
/// <param name="PeakMemoryBytes">The most memory the process ever held, resident.</param>
/// <param name="PlannedMemoryBytes">What was predicted before the run.</param>
/// <param name="ActivationBytes">The most bytes of activations and their gradients at once.</param>
/// <param name="PlannedActivationBytes">What was predicted of them.</param>
/// <param name="Parameters">Weights of the network.</param>
/// <param name="Tier">Kernels in use.</param>
/// <param name="Precision">Of the products.</param>
/// <param name="Threads">Threads that computed.</param>
/// <param name="Steps">Steps measured; two before them were not.</param>
/// <param name="TokensPerStep">Positions of a step.</param>
/// <param name="FlopsPerToken">Operations a position counts.</param>
/// <param name="FirstLoss">Loss of the first step: about ln(vocabulary) where all is well.</param>
/// <param name="Processor">The processor's name.</param>
public sealed record TrainingBenchResult(string Recipe, double TokensPerSecond, double Mfu, double PeakFlops, double PeakBefore, double PeakAfter, long PeakMemoryBytes, long PlannedMemoryBytes,
    long ActivationBytes, long PlannedActivationBytes, long Parameters, string Tier, Precision Precision, int Threads, int Steps, long TokensPerStep, double FlopsPerToken, double FirstLoss, string Processor);

/// <summary>Trains a recipe's network on random tokens for some steps and measures speed and memory. Nothing is written.</summary>
public static class TrainingBench
{
    private const int WarmUp = 2, MostWarmUp = 1000;
    private const double WarmUpSeconds = 2; // the just-in-time compiler replaces what is called often
    private const double LeastSeconds = 10;
    private static readonly TimeSpan PeakTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Measures.</summary>
    /// <param name="recipe">Needs no data; its <c>tokenizer.vocab_size</c> is the vocabulary.</param>
    /// <param name="device">As in <c>--device</c>.</param>
    /// <param name="threads">Threads, 0 for the usual number.</param>
    /// <param name="steps">Steps to measure; null for as many as take ten seconds.</param>
    /// <param name="display">Hears what happens.</param>
    /// <param name="cancellation">Stops after the present step.</param>
    /// <exception cref="InvalidDataException">The recipe names no vocabulary, or the run does not fit in memory.</exception>
    public static TrainingBenchResult Run(Recipe recipe, string device, int threads, int? steps, IRunDisplay display, CancellationToken cancellation = default)
    {
        if (recipe.Tokenizer.VocabSize is not { } vocabulary) throw new InvalidDataException($"the recipe '{recipe.Name}' names no vocabulary; give --set tokenizer.vocab_size=N");
        var config = NetworkConfig.Of(recipe, vocabulary);
        var (opened, reason) = Device.Open(device, threads);
        using var used = opened;
        display.Say(reason);
        var precision = PrecisionChoice.Of(recipe.Training.Precision, display);
        var settings = TrainerSettings.Of(recipe, precision);
        var plan = MemoryPlan.For(config, settings, used, recipe.Data.SequenceLength, 0);
        plan.Require();
        var count = threads > 0 ? threads : ProcessorLimits.DefaultThreads();

        var network = LanguageNetwork.Create(config);
        network.Initialize((ulong)recipe.Training.Seed);
        using var trainer = new Trainer(network, used, new RandomTokens(vocabulary, recipe.Data.SequenceLength, (ulong)recipe.Training.Seed), settings);
        var loss = trainer.Advance().Loss;
        var warming = Stopwatch.GetTimestamp();
        for (var i = 1; i < WarmUp || (i < MostWarmUp && Stopwatch.GetElapsedTime(warming).TotalSeconds < WarmUpSeconds); i++) trainer.Advance();

        var best = KernelTier.Available.Where(tier => tier.Format != "int8").Last();
        var before = HardwareProbe.PeakFlops(best, count, PeakTime);
        var (done, tokens, start) = (0, 0L, Stopwatch.GetTimestamp());
        while (steps is { } wanted ? done < wanted : done < 1 || Stopwatch.GetElapsedTime(start).TotalSeconds < LeastSeconds)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens += trainer.Advance().Tokens;
            done++;
            display.Progress(steps is { } all ? done / (double)all : Math.Min(1, Stopwatch.GetElapsedTime(start).TotalSeconds / LeastSeconds));
        }
        var speed = tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var after = HardwareProbe.PeakFlops(best, count, PeakTime);
        using var process = Process.GetCurrentProcess();
        return new TrainingBenchResult(recipe.Name, speed, ModelFlops.Utilization(config, recipe.Data.SequenceLength, speed, (before + after) / 2), (before + after) / 2, before, after,
            process.PeakWorkingSet64, plan.Total, trainer.PeakActivationBytes, plan.Activations, config.ParameterCount, KernelTier.Choose().Name, precision, count, done, tokens / done,
            ModelFlops.TrainingPerToken(config, recipe.Data.SequenceLength), loss, HardwareProbe.ProcessorName);
    }
}
