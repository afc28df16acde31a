using Puna.Training;

namespace Puna.Experiments.Runs;

/// <summary>Which part of the data a line of metrics is about.</summary>
public enum MetricsSplit
{
    /// <summary>The batch of a training step.</summary>
    Train,

    /// <summary>The validation part.</summary>
    Validation,

    /// <summary>The test part.</summary>
    Test,
}

/// <summary>
/// One line of <c>metrics.jsonl</c>. Losses are nats a token, shares 0 to 1, times seconds. What a line does not say is null; a figure that is not a number
/// (a loss that blew up) is NaN here and <c>null</c> in the file.
/// </summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Split">Part of the data; in the file the figures of validation begin with <c>val_</c>, those of the test with <c>test_</c>.</param>
public sealed record MetricsLine(long Step, MetricsSplit Split)
{
    /// <summary>The line of a training step.</summary>
    /// <param name="progress">Where the loop stands.</param>
    /// <param name="spikes">Takes the loss in and says whether it stands out.</param>
    public static MetricsLine Of(in TrainingProgress progress, LossSpikes spikes) => new(progress.Result.Step, MetricsSplit.Train)
    {
        Loss = progress.Result.Loss,
        LearningRate = progress.Result.LearningRate,
        GradNorm = progress.Result.IsSkipped ? double.NaN : progress.Result.GradientNorm,
        TokensPerSecond = progress.TokensPerSecond,
        Seconds = progress.Seconds,
        Tokens = progress.Result.Step * progress.Result.Tokens,
        IsSkipped = progress.Result.IsSkipped,
        IsSpike = !progress.Result.IsSkipped && spikes.Add(progress.Result.Loss),
    };

    /// <summary>Stage of a run that has several (<c>pretrain</c>, <c>finetune</c>).</summary>
    public string? Stage { get; init; }

    /// <summary>Mean loss in nats a token.</summary>
    public double? Loss { get; init; }

    /// <summary>Share of tokens whose most likely prediction is right.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The exponential of the loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Loss in bits over the bytes of the text scored.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Learning rate of the step.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Norm of the gradient before clipping.</summary>
    public double? GradNorm { get; init; }

    /// <summary>Training tokens a second, lately.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Model FLOPs utilisation, a share of the measured peak (see <see cref="ComputePeak"/>).</summary>
    public double? Utilization { get; init; }

    /// <summary>Resident memory of the process in bytes, as lately read (see <see cref="ResidentMemory"/>).</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Seconds of training so far, interruptions not counted.</summary>
    public double? Seconds { get; init; }

    /// <summary>Seconds of the run by the clock on the wall, all sittings: preparation, evaluations, checkpoints and steps that an interruption lost included.</summary>
    public double? Elapsed { get; init; }

    /// <summary>Whether the step was skipped because its loss or gradient was not finite.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Whether the step's loss stands out above those before it (<see cref="Training.LossSpikes"/>).</summary>
    public bool IsSpike { get; init; }

    /// <summary>Training tokens so far; on lines of validation and test the tokens scored.</summary>
    public long? Tokens { get; init; }
}
