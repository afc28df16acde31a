using System.Diagnostics.Tracing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Puna.Experiments.Runs;

/// <summary>
/// Records a run's figures as <see cref="TrainingInstruments"/> and, where the environment names a collector, sends them there (OpenTelemetry's OTLP exporter;
/// opentelemetry.io, «OTLP Exporter Configuration»). A thread of the exporter's own sends, every OTEL_METRIC_EXPORT_INTERVAL milliseconds and at the end.
/// A collector that is away costs the run one warning and at most two seconds at its end.
/// </summary>
public sealed class OpenTelemetrySink : IMetricsSink
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT", MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const int ShutdownMilliseconds = 2000;
    private readonly TrainingInstruments _instruments = new();
    private readonly Action<string> _say;
    private readonly MeterProvider? _provider;
    private readonly ExportFailures? _failures;

    /// <summary>Makes the instruments, and the exporter if the environment asks for one.</summary>
    /// <param name="run">Name of the run, the resource attribute <c>puna.run</c>.</param>
    /// <param name="say">Hears a warning.</param>
    public OpenTelemetrySink(string run, Action<string> say)
    {
        _say = say;
        if (Configured() is not var (variable, address)) return;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            say($"WARNING: {variable}={address} is no address such as http://localhost:4317; no OpenTelemetry metrics are sent");
            return;
        }
        _failures = new ExportFailures();
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(TrainingInstruments.MeterName)
            // The environment comes last: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES beat what is said here.
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("puna").AddTelemetrySdk().AddAttributes([new("puna.run", run)]).AddEnvironmentVariableDetector())
            .AddOtlpExporter(options => OverrideForMetrics(options, variable, endpoint)).Build();
        Address = endpoint;
    }

    /// <summary>Where metrics are sent; null for nowhere.</summary>
    public Uri? Address { get; }

    /// <inheritdoc/>
    public void Begin(MetricsStage stage) => _instruments.Begin(stage);

    /// <inheritdoc/>
    public void Append(MetricsLine line)
    {
        _instruments.Record(line);
        WarnOnce();
    }

    /// <summary>Nothing to do: the exporter has its own rhythm.</summary>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider?.Shutdown(ShutdownMilliseconds);
        WarnOnce();
        _provider?.Dispose();
        _failures?.Dispose();
        _instruments.Dispose();
    }

    private void WarnOnce()
    {
        if (_failures is not null && _failures.Take()) _say($"WARNING: OpenTelemetry metrics do not reach {Address}; the run goes on without them");
    }

    private static (string Variable, string Address)? Configured()
    {
        if (Read("OTEL_SDK_DISABLED")?.Equals("true", StringComparison.OrdinalIgnoreCase) == true || Read("OTEL_METRICS_EXPORTER") == "none") return null;
        foreach (var variable in (string[])[MetricsEndpoint, Endpoint])
            if (Read(variable) is { } address) return (variable, address);
        return null;
    }

    /// <summary>The variables for all signals are read by the exporter itself; those for metrics alone, which beat them, are not.</summary>
    private static void OverrideForMetrics(OtlpExporterOptions options, string variable, Uri endpoint)
    {
        if (variable == MetricsEndpoint) options.Endpoint = endpoint;
        if (Read("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL") is { } protocol) options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        if (Read("OTEL_EXPORTER_OTLP_METRICS_HEADERS") is { } headers) options.Headers = headers;
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>The exporter tells of failures nowhere but in its event source.</summary>
    private sealed class ExportFailures : EventListener
    {
        private int _heard;
        private bool _taken;

        /// <summary>Whether something failed; true only once.</summary>
        public bool Take()
        {
            if (_taken || Volatile.Read(ref _heard) == 0) return false;
            return _taken = true;
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol") EnableEvents(eventSource, EventLevel.Warning);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            // A warning that begins with an address is about a collector that cannot be reached; others are about settings.
            var isFailure = eventData.Level <= EventLevel.Error || eventData.Payload is [string first, ..] && first.StartsWith("http", StringComparison.Ordinal);
            if (isFailure) Volatile.Write(ref _heard, 1);
        }
    }
}
