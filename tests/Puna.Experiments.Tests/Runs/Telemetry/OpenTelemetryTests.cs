using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;

namespace Puna.Experiments.Tests.Runs;

/// <summary>These set variables of the whole process, so no other test runs beside them.</summary>
[CollectionDefinition("environment", DisableParallelization = true)]
public sealed class EnvironmentCollection;

[Collection("environment")]
public sealed class OpenTelemetryTests : IDisposable
{
    private static readonly string[] Variables =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_SDK_DISABLED", "OTEL_METRICS_EXPORTER", "OTEL_SERVICE_NAME",
    ];

    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private readonly List<string> _said = [];

    public OpenTelemetryTests()
    {
        foreach (var name in Variables) Environment.SetEnvironmentVariable(name, null);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
    }

    [Fact]
    public async Task Figures_reach_a_collector_under_their_names()
    {
        using var collector = new Collector();
        Set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address);
        Set("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        Set("OTEL_SERVICE_NAME", "llama-farm");
        var requests = collector.Take();
        Write(new OpenTelemetrySink("run-7", _said.Add));
        var (path, body) = await requests;
        path.ShouldBe("/v1/metrics");
        foreach (var name in (string[])["Puna.Training", "puna.training.loss", "puna.training.learning_rate", "puna.training.gradient.norm", "puna.training.throughput", "puna.training.flops.utilization",
            "puna.training.memory.usage", "puna.training.tokens", "puna.training.step.duration", "puna.evaluation.loss", "puna.stage", "pretrain", "puna.run", "run-7", "llama-farm"])
            body.ShouldContain(name);
        _said.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_for_metrics_alone_is_taken_as_it_is()
    {
        using var collector = new Collector();
        Set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        Set("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector.Address + "own/path");
        Set("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf");
        var requests = collector.Take();
        Write(new OpenTelemetrySink("x", _said.Add));
        (await requests).Path.ShouldBe("/own/path");
    }

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public void A_run_whose_collector_is_away_succeeds_with_one_warning(string protocol)
    {
        Set("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{FreePort()}");
        Set("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        Set("OTEL_METRIC_EXPORT_INTERVAL", "20");
        using var mini = new MiniRun();
        mini.Run().ShouldNotBeNull();
        mini.Display.Lines.Count(line => line.Contains("OpenTelemetry")).ShouldBe(1);
        mini.Display.All.ShouldContain("WARNING: OpenTelemetry metrics do not reach http://127.0.0.1:");
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("http://127.0.0.1:1", "OTEL_SDK_DISABLED", "true")]
    [InlineData("http://127.0.0.1:1", "OTEL_METRICS_EXPORTER", "none")]
    public void Without_an_address_or_switched_off_nothing_is_sent(string? address, string? name, string? value)
    {
        if (address is not null) Set("OTEL_EXPORTER_OTLP_ENDPOINT", address);
        if (name is not null) Set(name, value!);
        var sink = new OpenTelemetrySink("x", _said.Add);
        sink.Address.ShouldBeNull();
        Write(sink);
        _said.ShouldBeEmpty();
    }

    [Fact]
    public void An_address_that_is_none_is_said_so()
    {
        Set("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317");
        Write(new OpenTelemetrySink("x", _said.Add));
        _said.ShouldBe(["WARNING: OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317 is no address such as http://localhost:4317; no OpenTelemetry metrics are sent"]);
    }

    [Fact]
    public void Instruments_count_tokens_and_time_of_this_sitting_alone()
    {
        var heard = new List<(string Name, double Value)>();
        using var instruments = new TrainingInstruments();
        using var listener = new MeterListener { InstrumentPublished = (instrument, me) => { if (instrument.Meter.Name == TrainingInstruments.MeterName) me.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => heard.Add((instrument.Name, value)));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => heard.Add((instrument.Name, value)));
        listener.Start();
        instruments.Begin(new MetricsStage(null, 100, 50));
        foreach (var step in (int[])[51, 52, 53]) instruments.Record(new MetricsLine(step, MetricsSplit.Train) { Tokens = step * 10, Seconds = step * 0.5 });
        heard.Where(pair => pair.Name == "puna.training.tokens").Select(pair => pair.Value).ShouldBe([10, 10]);
        heard.Where(pair => pair.Name == "puna.training.step.duration").Select(pair => pair.Value).ShouldBe([0.5, 0.5]);
        heard.Count(pair => pair.Name == "puna.training.step").ShouldBe(3);
    }

    private static void Set(string name, string value) => Environment.SetEnvironmentVariable(name, value);

    private static void Write(OpenTelemetrySink sink)
    {
        using (sink)
        {
            sink.Begin(new MetricsStage("pretrain", 10));
            sink.Append(new MetricsLine(1, MetricsSplit.Train) { Loss = 3, LearningRate = 1e-3, GradNorm = 1, TokensPerSecond = 100, Utilization = 0.2, MemoryBytes = 1000, Tokens = 64, Seconds = 0.5 });
            sink.Append(new MetricsLine(1, MetricsSplit.Validation) { Loss = 3, Perplexity = 20, Accuracy = 0.1 });
            sink.Flush();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A collector that takes one request and remembers it.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Collector()
        {
            Address = $"http://127.0.0.1:{FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
        }

        public string Address { get; }

        public async Task<(string Path, string Body)> Take()
        {
            var context = await _listener.GetContextAsync();
            using var memory = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(memory);
            context.Response.StatusCode = 200;
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
            return (context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(memory.ToArray()));
        }

        public void Dispose() => ((IDisposable)_listener).Dispose();
    }
}
