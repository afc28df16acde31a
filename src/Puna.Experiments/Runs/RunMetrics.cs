using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Runs;

/// <summary>
/// The one place where the figures of a run are wired to all who want them: <c>metrics.jsonl</c>, <c>samples.jsonl</c>, TensorBoard, OpenTelemetry, the report page. It adds to each
/// step what the training loop does not know: utilisation and memory.
/// </summary>
internal sealed class RunMetrics : IDisposable
{
    private const string MeasuredPeak = "Measured peak";
    private readonly IModelConfig _network;
    private readonly Func<(string Tier, double FlopsPerSecond)?> _measure;
    private readonly List<(string, string)> _environment;
    private readonly LiveReport _report;
    private readonly IMetricsSink[] _sinks;
    private readonly IReadOnlyList<MetricsLine> _before;
    private readonly IReadOnlyList<ReportSample> _samplesBefore;
    private readonly ResidentMemory _memory = new();
    private double? _peak;
    private double _flopsPerToken;
    private string? _stage;
    private bool _closed;

    private RunMetrics(IModelConfig network, Func<(string Tier, double FlopsPerSecond)?> measure, double? peak, List<(string, string)> environment, LiveReport report, IMetricsSink[] sinks, IReadOnlyList<MetricsLine> before, IReadOnlyList<ReportSample> samplesBefore) =>
        (_network, _measure, _peak, _environment, _report, _sinks, _before, _samplesBefore) = (network, measure, peak, environment, report, sinks, before, samplesBefore);

    /// <summary>What was found out about the machine, for the report.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment => [.. _environment.TakeLast(1).Where(pair => pair.Item1 == MeasuredPeak)];

    /// <summary>Opens everything.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="recipe">The recipe as resolved.</param>
    /// <param name="title">What the page is called.</param>
    /// <param name="network">For counting operations.</param>
    /// <param name="device">Of the run, idle now: its peak is measured.</param>
    /// <param name="precision">Of the products.</param>
    /// <param name="goOn">The command that goes on after a stop.</param>
    /// <param name="display">Hears warnings.</param>
    /// <param name="done">The checkpoint's step that a run goes on from; 0 for a new one.</param>
    /// <param name="baselines">Losses of the unigram and the bigram on the validation part, levels in the page; null where they are not known yet.</param>
    /// <param name="measure">Measures the peak; null for <see cref="ComputePeak"/>.</param>
    public static RunMetrics Open(RunFolder run, Recipe recipe, string title, IModelConfig network, Device device, Precision precision, string goOn, IRunDisplay display, long done = 0, (double Unigram, double Bigram)? baselines = null, Func<(string Tier, double FlopsPerSecond)?>? measure = null)
    {
        measure ??= () => ComputePeak.Measure(device);
        List<(string, string)> environment = [.. PretrainReport.Environment(device, precision)];
        var peak = Measure(measure, environment, null);
        var log = done > 0 ? MetricsLog.Resume(run.MetricsPath, done) : MetricsLog.Create(run.MetricsPath);
        var before = done > 0 ? MetricsLog.Read(run.MetricsPath) : [];
        var report = new LiveReport(run.ReportPath, new LiveReportFacts(title, recipe, environment, network.ParameterCount, goOn) { Baselines = baselines }, display.Say);
        var samples = new SampleLog(run.SamplesPath, done);
        (string, string)[] texts = [("recipe", RecipeWriter.ToYaml(recipe)), ("environment", string.Join('\n', environment.Select(pair => $"{pair.Item1}: {pair.Item2}")))];
        IMetricsSink[] sinks = [log, samples, new TensorBoardSink(run.TensorBoardPath, texts), new OpenTelemetrySink(Path.GetFileName(run.Root), display.Say), report];
        return new RunMetrics(network, measure, peak, environment, report, sinks, before, [.. samples.Before.Select(line => line.Sample)]);
    }

    /// <summary>The curves of a stage so far, all sittings.</summary>
    public TrainingCurves Curves(string? stage = null) => _report.Curves(stage);

    /// <summary>What the model wrote so far, all sittings.</summary>
    public IReadOnlyList<ReportSample> Samples => _report.Samples;

    /// <summary>A stage begins.</summary>
    /// <param name="name">Its name; null in a run of one stage.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="steps">Of the whole stage.</param>
    /// <param name="done">Done in earlier sittings.</param>
    public void Begin(string? name, int sequenceLength, int steps, long done = 0)
    {
        (_stage, _flopsPerToken) = (name, ModelFlops.TrainingPerToken(_network, sequenceLength));
        foreach (var sink in _sinks) sink.Begin(new MetricsStage(name, steps, done));
        if (done > 0) _report.Restore(_before.Where(line => line.Stage == name), _samplesBefore);
    }

    /// <summary>A step was done.</summary>
    /// <param name="progress">Where the loop stands.</param>
    /// <param name="line">The step's figures.</param>
    /// <returns>Where it stands, with the utilisation.</returns>
    public TrainingProgress Step(in TrainingProgress progress, MetricsLine line)
    {
        var flops = progress.TokensPerSecond * _flopsPerToken;
        if (flops > _peak) _peak = Measure(_measure, _environment, _peak.Value); // it was disturbed: nothing computes faster than the peak
        var utilization = flops / _peak;
        Append(line with { Stage = _stage, Utilization = utilization, MemoryBytes = _memory.Bytes });
        return progress with { Utilization = utilization };
    }

    /// <summary>The model was scored.</summary>
    /// <param name="line">The figures.</param>
    public void Evaluated(MetricsLine line)
    {
        Append(line);
        Flush();
    }

    /// <summary>The model wrote something. A run that was killed at its very end and resumed draws its last samples again; once is enough.</summary>
    public void Sample(long step, ReportSample sample)
    {
        if (Samples.Contains(sample)) return;
        foreach (var sink in _sinks) sink.Sample(step, sample);
    }

    /// <summary>A good moment to hand on what waits.</summary>
    public void Flush()
    {
        foreach (var sink in _sinks) sink.Flush();
    }

    /// <summary>Closes everything, once; an error of one does not keep the others open.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        List<Exception> errors = [];
        foreach (var sink in _sinks)
        {
            try
            {
                sink.Dispose();
            }
            catch (IOException error)
            {
                errors.Add(error);
            }
        }
        if (errors.Count > 0) throw new IOException(errors[0].Message, errors[0]);
    }

    /// <summary>Measures the peak and notes it among what is known of the machine.</summary>
    private static double? Measure(Func<(string Tier, double FlopsPerSecond)?> measure, List<(string, string)> environment, double? known)
    {
        if (measure() is not var (tier, flops) || flops <= known) return known;
        environment.RemoveAll(pair => pair.Item1 == MeasuredPeak);
        environment.Add((MeasuredPeak, $"{Figures.Short(flops)} operations/s ({tier}, all threads at once, {ComputePeak.Duration.TotalMilliseconds} ms)"));
        return flops;
    }

    private void Append(MetricsLine line)
    {
        foreach (var sink in _sinks) sink.Append(line);
    }
}
