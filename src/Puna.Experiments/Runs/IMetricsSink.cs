using Puna.Experiments.Reports;

namespace Puna.Experiments.Runs;

/// <summary>A stage of training begins.</summary>
/// <param name="Name">Its name in a run of several stages; null where there is but one.</param>
/// <param name="Steps">Optimizer steps of the whole stage.</param>
/// <param name="Done">Steps done in earlier sittings; 0 where the stage begins at its beginning.</param>
public sealed record MetricsStage(string? Name, int Steps, long Done = 0);

/// <summary>
/// Somewhere a run's figures go while it runs: a file, a collector, a page. <see cref="RunMetrics"/> holds them all and is the one who calls. One thread
/// calls, once a step, so a sink must be quick: it buffers what is costly and hands it on about once a second and when told to <see cref="Flush"/>.
/// </summary>
public interface IMetricsSink : IDisposable
{
    /// <summary>A stage begins; the lines that follow are about it.</summary>
    /// <param name="stage">The stage.</param>
    void Begin(MetricsStage stage)
    {
    }

    /// <summary>The figures of a step or an evaluation.</summary>
    /// <param name="line">The figures.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    void Append(MetricsLine line);

    /// <summary>Text that the model wrote.</summary>
    /// <param name="step">Optimizer steps done.</param>
    /// <param name="sample">The text.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    void Sample(long step, ReportSample sample)
    {
    }

    /// <summary>A good moment, an evaluation or a checkpoint, to hand on what waits.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    void Flush();
}
