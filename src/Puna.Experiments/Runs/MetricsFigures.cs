namespace Puna.Experiments.Runs;

/// <summary>A figure that a line of metrics may hold.</summary>
/// <param name="Name">As in <c>metrics.jsonl</c> in lines of training; a TensorBoard tag is <c>train/</c>, <c>eval/</c> or <c>test/</c> and this.</param>
/// <param name="Value">Reads it from a line; null where the line does not say.</param>
internal sealed record MetricsFigure(string Name, Func<MetricsLine, double?> Value);

/// <summary>The figures that are worth a curve. A figure that is added to <see cref="MetricsLine"/> gets a line here.</summary>
internal static class MetricsFigures
{
    public static IReadOnlyList<MetricsFigure> All { get; } =
    [
        new("loss", line => line.Loss),
        new("perplexity", line => line.Perplexity),
        new("accuracy", line => line.Accuracy),
        new("bits_per_byte", line => line.BitsPerByte),
        new("learning_rate", line => line.LearningRate),
        new("grad_norm", line => line.GradNorm),
        new("tokens_per_second", line => line.TokensPerSecond),
        new("mfu", line => line.Utilization),
        new("memory_bytes", line => line.MemoryBytes),
        new("tokens", line => line.Split == MetricsSplit.Train ? line.Tokens : null), // of an evaluation it is the same number every time
    ];
}
