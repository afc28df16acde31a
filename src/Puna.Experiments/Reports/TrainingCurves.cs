using Puna.Experiments.Runs;

namespace Puna.Experiments.Reports;

/// <summary>The curves of one stage of training, gathered line by line as they come or from a log.</summary>
public sealed class TrainingCurves
{
    private double _loss = double.NaN;

    /// <summary>Loss of each step.</summary>
    public Curve Loss { get; } = new();

    /// <summary>Learning rate of each step.</summary>
    public Curve LearningRate { get; } = new();

    /// <summary>Norm of each step's gradient before clipping.</summary>
    public Curve GradientNorm { get; } = new();

    /// <summary>Training tokens a second.</summary>
    public Curve TokensPerSecond { get; } = new();

    /// <summary>Model FLOPs utilisation, a share.</summary>
    public Curve Utilization { get; } = new();

    /// <summary>Resident memory in bytes.</summary>
    public Curve Memory { get; } = new();

    /// <summary>Validation loss at each evaluation.</summary>
    public Curve ValidationLoss { get; } = new();

    /// <summary>Validation accuracy at each evaluation.</summary>
    public Curve ValidationAccuracy { get; } = new();

    /// <summary>Losses that stand out, where they are.</summary>
    public List<ChartPoint> Spikes { get; } = [];

    /// <summary>Steps that were skipped; having no loss, they stand at the one before.</summary>
    public List<ChartPoint> Skipped { get; } = [];

    /// <summary>The latest line of training; null before the first.</summary>
    public MetricsLine? Latest { get; private set; }

    /// <summary>The curves of some lines.</summary>
    /// <param name="lines">The lines, by rising step.</param>
    public static TrainingCurves Of(IEnumerable<MetricsLine> lines)
    {
        var curves = new TrainingCurves();
        foreach (var line in lines) curves.Add(line);
        return curves;
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The figures.</param>
    public void Add(MetricsLine line)
    {
        if (line.Split == MetricsSplit.Validation)
        {
            Add(ValidationLoss, line.Step, line.Loss);
            Add(ValidationAccuracy, line.Step, line.Accuracy);
        }
        if (line.Split != MetricsSplit.Train) return;
        if (line.IsSkipped) Skipped.Add(new ChartPoint(line.Step, _loss));
        else if (line.IsSpike && line.Loss is { } spike) Spikes.Add(new ChartPoint(line.Step, spike));
        if (!line.IsSkipped) _loss = line.Loss ?? _loss;
        Latest = line;
        Add(Loss, line.Step, line.Loss);
        Add(LearningRate, line.Step, line.LearningRate);
        Add(GradientNorm, line.Step, line.GradNorm);
        Add(TokensPerSecond, line.Step, line.TokensPerSecond);
        Add(Utilization, line.Step, line.Utilization);
        Add(Memory, line.Step, line.MemoryBytes);
    }

    private static void Add(Curve curve, long step, double? value)
    {
        if (value is { } number) curve.Add(step, number);
    }
}
