using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Tests.Runs;

/// <summary>What a run's figures get from the machine.</summary>
public sealed class RunMetricsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-metrics-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_peak_that_a_step_exceeds_was_disturbed_and_is_measured_again()
    {
        double[] peaks = [1e6, 0.5e6, 1e12];
        var measured = 0;
        var network = new LlamaConfig { VocabularySize = 10, HiddenSize = 8, LayerCount = 1, HeadCount = 1, KeyValueHeadCount = 1, HeadSize = 8, IntermediateSize = 8, ContextLength = 8 };
        using var metrics = RunMetrics.Open(RunFolder.Open(Path.Combine(_root, "run"), RunFolderMode.New), RecipeLoader.Load("student-shakespeare"), "x", network, new CpuDevice(1), Precision.Float32, "x",
            new HeardDisplay(), measure: () => ("portable", peaks[measured++]));
        metrics.Begin(null, 8, 10);
        double? Step(double tokensPerSecond) => metrics.Step(new TrainingProgress(new StepResult(1, 2, 1, 1e-3, 8, 8), 10, 1, tokensPerSecond, 1), new MetricsLine(1, MetricsSplit.Train)).Utilization;

        Step(1).ShouldNotBeNull().ShouldBeInRange(1e-5, 1);
        measured.ShouldBe(1);
        Step(1e6).ShouldNotBeNull().ShouldBeGreaterThan(1); // the second measurement was disturbed even more: the first stays
        metrics.Environment.Single().Value.ShouldContain("1 M");
        Step(1e6).ShouldNotBeNull().ShouldBeInRange(1e-5, 1);
        measured.ShouldBe(3);
        metrics.Environment.Single().Value.ShouldNotContain("1 M");
    }
}
