using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>Trainers of a tiny network over generated tokens.</summary>
internal static class TinyTraining
{
    public const int Length = 12;

    public static TrainerOptions Options { get; } = new()
    {
        Steps = 20,
        BatchSize = 3,
        Seed = 11,
        Optimizer = new AdamWOptions { WeightDecay = 0.1 },
        Schedule = new LearningRateSchedule(ScheduleShape.Cosine, 3e-3, 4, 20, 0.1),
    };

    public static int[] Text { get; } = TinyLlama.Ids(600, 42);

    public static ITrainingData Windows => new WindowData(Text, Length, 5);

    /// <summary>Seven packed rows: an epoch ends in the middle of a step.</summary>
    public static ITrainingData Rows => new RowData(SequencePacker.Pack(Enumerable.Range(0, 15).Select(n => new TrainingSample(TinyLlama.Ids(4 + (n % 5), (ulong)n))), Length).Rows, 5);

    public static Trainer Trainer(Device device, TrainerOptions? options = null, ITrainingData? data = null, ulong seed = 3) =>
        new(TinyLlama.Network(seed: seed), device, data ?? Windows, options ?? Options);

    public static StepResult[] Advance(Trainer trainer, int steps) => [.. Enumerable.Range(0, steps).Select(_ => trainer.Advance())];

    /// <summary>Weights and both moments, bit for bit.</summary>
    public static float[] State(Trainer trainer) =>
    [
        .. TinyLlama.Weights(trainer.Network),
        .. trainer.Optimizer.FirstMoments.SelectMany(moment => moment.Span<float>().ToArray()),
        .. trainer.Optimizer.SecondMoments.SelectMany(moment => moment.Span<float>().ToArray()),
    ];
}
