using System.Diagnostics.Metrics;

namespace Puna.Inference;

/// <summary>
/// The figures of a scheduler as instruments of .NET's metrics, under a meter of the name <c>Puna.Inference</c>: OpenTelemetry, dotnet-counters and any
/// <see cref="MeterListener"/> can hear them. They are read when somebody listens; <c>docs/observability.md</c> lists them.
/// </summary>
public sealed class SchedulerInstruments : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Puna.Inference";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Makes the instruments.</summary>
    /// <param name="read">Tells the present figures, on any thread.</param>
    public SchedulerInstruments(Func<SchedulerMetrics> read)
    {
        _meter.CreateObservableGauge("puna.inference.requests.waiting", () => read().Waiting, "{request}", "Requests that wait for a place");
        _meter.CreateObservableGauge("puna.inference.requests.running", () => read().Running, "{request}", "Sequences that are computed in turn");
        _meter.CreateObservableGauge("puna.inference.sequences.pooled", () => read().Pooled, "{sequence}", "Sequences kept for prompts that begin like them");
        _meter.CreateObservableGauge("puna.inference.cache.size", () => read().CacheBytes, "By", "Keys and values");
        _meter.CreateObservableGauge("puna.inference.prompt.throughput", () => read().PromptTokensPerSecond, "{token}/s", "Tokens of prompts a second of engine time, lately");
        _meter.CreateObservableGauge("puna.inference.generation.throughput", () => read().GeneratedTokensPerSecond, "{token}/s", "Generated tokens a second of engine time, lately");
        _meter.CreateObservableCounter("puna.inference.prompt.tokens", () => read().PromptTokens, "{token}", "Tokens of prompts computed");
        _meter.CreateObservableCounter("puna.inference.shared.tokens", () => read().SharedTokens, "{token}", "Tokens of prompts that were there already");
        _meter.CreateObservableCounter("puna.inference.generated.tokens", () => read().GeneratedTokens, "{token}", "Tokens generated");
        _meter.CreateObservableCounter("puna.inference.preemptions", () => read().Preemptions, "{preemption}", "How often a sequence made way for another");
        _meter.CreateObservableCounter("puna.inference.slides", () => read().Slides, "{slide}", "How often a window slid");
        _meter.CreateObservableCounter<long>("puna.inference.requests.ended", () => Ended(read()), "{request}", "Requests that have ended, by how");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static Measurement<long>[] Ended(SchedulerMetrics metrics) =>
    [
        new(metrics.Finished, new KeyValuePair<string, object?>("puna.finish", "finished")),
        new(metrics.Cancelled, new KeyValuePair<string, object?>("puna.finish", "cancelled")),
        new(metrics.Failed, new KeyValuePair<string, object?>("puna.finish", "failed")),
        new(metrics.Refused, new KeyValuePair<string, object?>("puna.finish", "refused")),
    ];
}
