using System.Globalization;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Reports;

/// <summary>What a page on a run can say before the first step.</summary>
/// <param name="Title">What the run is.</param>
/// <param name="Recipe">The recipe as resolved.</param>
/// <param name="Environment">Where and how it runs, as names and values.</param>
/// <param name="ParameterCount">Weights of the model.</param>
/// <param name="GoOn">The command that goes on after a stop.</param>
public sealed record LiveReportFacts(string Title, Recipe Recipe, IReadOnlyList<(string Name, string Value)> Environment, long ParameterCount, string GoOn)
{
    /// <summary>Losses of the unigram and the bigram on the validation part; null where they are not known.</summary>
    public (double Unigram, double Bigram)? Baselines { get; init; }
}

/// <summary>
/// The report while the run goes on: there from the first step, written anew every few seconds and at evaluations, whole or not at all, and asking the
/// browser to read it again. It is written by the thread that trains, so it takes no more than one part in a hundred of the time. When the run ends, the finished report
/// takes its place; when it is stopped, the page says so and stays as it is. A page that cannot be written is one warning, never the end of a run.
/// </summary>
/// <param name="path">The page.</param>
/// <param name="facts">What is known from the start.</param>
/// <param name="say">Hears a warning.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class LiveReport(string path, LiveReportFacts facts, Action<string> say, TimeProvider? time = null) : IMetricsSink
{
    private const int RefreshSeconds = 5, ShownSamples = 12;
    private const double Share = 0.01;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly List<(MetricsStage Stage, TrainingCurves Curves)> _stages = [];
    private readonly List<ReportSample> _samples = [];
    private long _written;
    private TimeSpan _cost;
    private bool _failed, _closed;

    private enum State
    {
        Running,
        Finishing,
        Stopped,
    }

    /// <summary>The curves of a stage so far.</summary>
    /// <param name="stage">Its name; null in a run of one stage.</param>
    /// <exception cref="InvalidOperationException">No stage of that name has begun.</exception>
    public TrainingCurves Curves(string? stage = null) => _stages.First(one => one.Stage.Name == stage).Curves;

    /// <summary>What the model wrote so far.</summary>
    public IReadOnlyList<ReportSample> Samples => _samples;

    /// <summary>Takes over what earlier sittings logged; after <see cref="Begin"/>.</summary>
    /// <param name="lines">The lines of the stage.</param>
    /// <param name="samples">What the model wrote in them.</param>
    public void Restore(IEnumerable<MetricsLine> lines, IEnumerable<ReportSample> samples)
    {
        _samples.AddRange(samples);
        foreach (var line in lines) _stages[^1].Curves.Add(line);
        Write(State.Running);
    }

    /// <inheritdoc/>
    public void Begin(MetricsStage stage)
    {
        _stages.Add((stage, new TrainingCurves()));
        Write(State.Running);
    }

    /// <inheritdoc/>
    public void Append(MetricsLine line)
    {
        _stages[^1].Curves.Add(line);
        if (Since() >= Interval) Flush();
    }

    /// <inheritdoc/>
    public void Sample(long step, ReportSample sample) => _samples.Add(sample);

    /// <summary>Writes the page, unless too much time has gone into it lately.</summary>
    public void Flush()
    {
        if (_stages.Count > 0 && Since() >= _cost / Share) Write(IsDone() ? State.Finishing : State.Running);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_closed || _stages.Count == 0) return;
        _closed = true;
        Write(IsDone() ? State.Finishing : State.Stopped);
    }

    private TimeSpan Since() => _time.GetElapsedTime(_written);

    private bool IsDone() => _stages[^1] is var (stage, curves) && (curves.Latest?.Step ?? stage.Done) >= stage.Steps;

    private void Write(State state)
    {
        var start = _time.GetTimestamp();
        try
        {
            Build(state).Save(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another program that has the page open may forbid it (Windows); the run is worth more than the page.
            if (!_failed) say($"WARNING: the report {path} cannot be written now ({e.Message})");
            _failed = true;
        }
        _written = _time.GetTimestamp();
        _cost = _time.GetElapsedTime(start, _written);
    }

    private HtmlReport Build(State state)
    {
        var (stage, curves) = _stages[^1];
        var sections = new List<ReportSection> { Progress(state, stage, curves.Latest), Cards(stage, curves) };
        for (var i = _stages.Count - 1; i >= 0; i--)
            sections.Add(TrainingCharts.Loss(_stages[i].Curves, facts.Baselines?.Unigram, facts.Baselines?.Bigram) with { Heading = _stages[i].Stage.Name is { } name ? $"Loss, {name}" : "Loss" });
        sections.Add(TrainingCharts.Section(curves));
        if (_samples.Count > 0) sections.Add(new SamplesSection([.. Enumerable.Reverse(_samples).Take(ShownSamples)]) { Heading = "Samples", Lead = "What the model wrote lately, the latest first; coloured is what it was given." });
        if (facts.Environment.Count > 0) sections.Add(TrainingReport.Environment([("Parameters", Figures.Count(facts.ParameterCount)), .. facts.Environment]));
        sections.Add(TrainingReport.Settings(facts.Recipe));
        return new HtmlReport(facts.Title, sections)
        {
            Subtitle = facts.Recipe.Description.Length > 0 ? facts.Recipe.Description : null,
            RefreshSeconds = state == State.Stopped ? null : RefreshSeconds,
            Footer = state == State.Stopped
                ? $"Written {Clock()}."
                : $"Written {Clock()}; the page is written anew every few seconds. If that is long ago, the run was killed: {facts.GoOn}",
        };
    }

    private string Clock() => _time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private ProgressSection Progress(State state, MetricsStage stage, MetricsLine? latest)
    {
        var step = latest?.Step ?? stage.Done;
        var name = stage.Name is null ? "" : stage.Name + ": ";
        var text = $"{name}step {Figures.Count(step)} of {Figures.Count(stage.Steps)}";
        var share = stage.Steps > 0 ? step / (double)stage.Steps : 0;
        return state switch
        {
            State.Stopped => new ProgressSection(share, $"{text}, stopped", $"go on with: {facts.GoOn}", ReportTone.Warning),
            State.Finishing => new ProgressSection(share, $"{text}, done", "what follows the training is under way", ReportTone.Good),
            _ => new ProgressSection(share, text, SecondsLeft(stage, latest) is { } left ? $"{Figures.Duration(latest!.Seconds ?? 0)} trained, {Figures.Duration(left)} left" : "about to begin"),
        };
    }

    private static double? SecondsLeft(MetricsStage stage, MetricsLine? latest) =>
        latest is { Tokens: { } tokens, TokensPerSecond: > 0 and { } speed, Step: > 0 } ? (stage.Steps - latest.Step) * (tokens / (double)latest.Step) / speed : null;

    private CardsSection Cards(MetricsStage stage, TrainingCurves curves)
    {
        var cards = new List<ReportCard> { new("Training loss", curves.Loss.Count > 0 ? Figures.Loss(Recent(curves)) : "–", "mean of the latest steps") };
        if (curves.ValidationLoss.Count > 0)
            cards.Add(new ReportCard("Validation loss", Figures.Loss(curves.ValidationLoss.Last.Y), $"best {Figures.Loss(curves.ValidationLoss.Lowest)}, step {Figures.Count((long)curves.ValidationLoss.Last.X)}"));
        if (curves.Latest is { } latest)
        {
            if (latest.TokensPerSecond is { } speed) cards.Add(new ReportCard("Tokens a second", Figures.Short(speed), $"{Figures.Short(latest.Tokens ?? 0)} so far"));
            if (latest.Utilization is { } utilization) cards.Add(new ReportCard("MFU", Figures.Percent(utilization), "of the measured peak"));
            if (latest.MemoryBytes is { } memory) cards.Add(new ReportCard("Memory", Figures.Bytes(memory), $"most so far {Figures.Bytes(curves.Memory.Highest)}"));
            if (latest.GradNorm is { } norm) cards.Add(new ReportCard("Gradient norm", Figures.Significant(norm), $"rate {Figures.Significant(latest.LearningRate ?? double.NaN)}"));
        }
        else
        {
            cards.Add(new ReportCard("Steps", Figures.Count(stage.Steps)));
            cards.Add(new ReportCard("Parameters", Figures.Short(facts.ParameterCount), $"{Figures.Count(facts.ParameterCount)} weights"));
        }
        return new CardsSection(cards);
    }

    /// <summary>The end of the smoothed curve.</summary>
    private static double Recent(TrainingCurves curves)
    {
        var means = curves.Loss.Means();
        return means.Count == 0 ? double.NaN : means.TakeLast(Math.Max(1, means.Count / 60)).Average(point => point.Y);
    }
}
