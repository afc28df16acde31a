using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Puna.Experiments.Runs;

/// <summary>
/// The figures of a run as instruments of .NET's metrics, under a meter of the name <c>Puna.Training</c>: OpenTelemetry, dotnet-counters and any
/// <see cref="MeterListener"/> can hear them. Names and units follow OpenTelemetry's semantic conventions; <c>docs/observability.md</c> lists them.
/// </summary>
public sealed class TrainingInstruments : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Puna.Training";

    private readonly Meter _meter = new(MeterName);
    private readonly Gauge<double> _loss, _learningRate, _gradientNorm, _throughput, _utilization, _evaluationLoss, _evaluationPerplexity, _evaluationAccuracy;
    private readonly Gauge<long> _memory, _step;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _duration;
    private TagList _tags;
    private (long Tokens, double Seconds)? _before;

    /// <summary>Makes the instruments.</summary>
    public TrainingInstruments()
    {
        _step = _meter.CreateGauge<long>("puna.training.step", "{step}", "Optimizer steps done");
        _loss = _meter.CreateGauge<double>("puna.training.loss", "{nat}", "Mean loss of the latest step, nats a token");
        _learningRate = _meter.CreateGauge<double>("puna.training.learning_rate", "1", "Learning rate of the latest step");
        _gradientNorm = _meter.CreateGauge<double>("puna.training.gradient.norm", "1", "Norm of the gradient before clipping");
        _throughput = _meter.CreateGauge<double>("puna.training.throughput", "{token}/s", "Training tokens a second, lately");
        _utilization = _meter.CreateGauge<double>("puna.training.flops.utilization", "1", "Model FLOPs utilisation, a share of the measured peak");
        _memory = _meter.CreateGauge<long>("puna.training.memory.usage", "By", "Resident memory of the process");
        _tokens = _meter.CreateCounter<long>("puna.training.tokens", "{token}", "Tokens trained on in this sitting");
        _duration = _meter.CreateHistogram("puna.training.step.duration", "s", "Time of an optimizer step",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] });
        _evaluationLoss = _meter.CreateGauge<double>("puna.evaluation.loss", "{nat}", "Mean loss of the latest evaluation, nats a token");
        _evaluationPerplexity = _meter.CreateGauge<double>("puna.evaluation.perplexity", "1", "Exponential of that loss");
        _evaluationAccuracy = _meter.CreateGauge<double>("puna.evaluation.accuracy", "1", "Share of tokens whose most likely prediction is right");
    }

    /// <summary>A stage begins: what follows carries its name as the attribute <c>puna.stage</c>.</summary>
    /// <param name="stage">The stage.</param>
    public void Begin(MetricsStage stage)
    {
        _tags = stage.Name is null ? [] : new TagList { { "puna.stage", stage.Name } };
        _before = stage.Done == 0 ? (0, 0) : null;
    }

    /// <summary>Records a line.</summary>
    /// <param name="line">The figures.</param>
    public void Record(MetricsLine line)
    {
        if (line.Split == MetricsSplit.Train) RecordStep(line);
        else RecordEvaluation(line);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void RecordStep(MetricsLine line)
    {
        _step.Record(line.Step, _tags);
        if (line.Loss is { } loss) _loss.Record(loss, _tags);
        if (line.LearningRate is { } rate) _learningRate.Record(rate, _tags);
        if (line.GradNorm is { } norm) _gradientNorm.Record(norm, _tags);
        if (line.TokensPerSecond is { } speed) _throughput.Record(speed, _tags);
        if (line.Utilization is { } utilization) _utilization.Record(utilization, _tags);
        if (line.MemoryBytes is { } memory) _memory.Record(memory, _tags);
        if (line.Tokens is not { } tokens || line.Seconds is not { } seconds) return;
        // Lines hold sums over all sittings; a sitting that begins in the middle knows its first difference only at its second step.
        if (_before is { } before)
        {
            _tokens.Add(tokens - before.Tokens, _tags);
            _duration.Record(seconds - before.Seconds, _tags);
        }
        _before = (tokens, seconds);
    }

    private void RecordEvaluation(MetricsLine line)
    {
        var tags = _tags;
        tags.Add("puna.split", line.Split == MetricsSplit.Validation ? "validation" : "test");
        if (line.Loss is { } loss) _evaluationLoss.Record(loss, tags);
        if (line.Perplexity is { } perplexity) _evaluationPerplexity.Record(perplexity, tags);
        if (line.Accuracy is { } accuracy) _evaluationAccuracy.Record(accuracy, tags);
    }
}
