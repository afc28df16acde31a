using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Runs;

public sealed class MetricsSinkTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-sinks-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<string> Sinks => ["log", "samples", "tensorboard", "telemetry", "report"];

    [Theory]
    [MemberData(nameof(Sinks))]
    public void A_step_takes_next_to_nothing_from_the_heap(string name)
    {
        const int Steps = 500, Bytes = 64;
        using var sink = Make(name);
        sink.Begin(new MetricsStage(null, 10_000));
        var line = new MetricsLine(1, MetricsSplit.Train) { Loss = 3.25, LearningRate = 1e-3, GradNorm = 1.5, TokensPerSecond = 1e4, Utilization = 0.25, MemoryBytes = 1 << 28, Tokens = 1000, Seconds = 0.5 };
        for (var i = 0; i < 2100; i++) sink.Append(line); // so that lists have their size
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Steps; i++) sink.Append(line);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / Steps).ShouldBeLessThan(Bytes);
    }

    private IMetricsSink Make(string name) => name switch
    {
        "log" => MetricsLog.Create(Path.Combine(_root, "metrics.jsonl")),
        "samples" => new SampleLog(Path.Combine(_root, "samples.jsonl")),
        "tensorboard" => new TensorBoardSink(Path.Combine(_root, "tensorboard"), []),
        "telemetry" => new OpenTelemetrySink("x", _ => { }),
        _ => new LiveReport(Path.Combine(_root, "report.html"), new LiveReportFacts("x", RecipeLoader.Load("student-shakespeare"), [], 1, "x"), _ => { }, new StoppedClock()),
    };

    /// <summary>The page is written by the clock; here none is, since a page is text.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
