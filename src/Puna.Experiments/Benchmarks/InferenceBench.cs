using System.Diagnostics;
using Puna.Experiments.Comparing;
using Puna.Inference;
using Puna.Tensors;

namespace Puna.Experiments.Benchmarks;

/// <summary>Times of one test.</summary>
/// <param name="Test">What was timed.</param>
/// <param name="Time">When it began.</param>
/// <param name="Nanoseconds">Of each repetition.</param>
public sealed record InferenceBenchResult(InferenceTest Test, DateTimeOffset Time, IReadOnlyList<long> Nanoseconds)
{
    /// <summary>Tokens a second of each repetition.</summary>
    public IReadOnlyList<double> Speeds => [.. Nanoseconds.Select(time => 1e9 * (Test.Prompt + Test.Generated) / Math.Max(1, time))];

    /// <summary>Mean and spread of the times.</summary>
    public SampleStatistics Times => SampleStatistics.Of([.. Nanoseconds.Select(time => (double)time)]);

    /// <summary>Mean and spread of the speeds.</summary>
    public SampleStatistics Speed => SampleStatistics.Of(Speeds);
}

/// <summary>Times of a test of several sequences at once, seconds; for each repetition one.</summary>
/// <param name="Test">What was timed.</param>
/// <param name="Sequences">How many at once.</param>
/// <param name="PromptSeconds">All prompts.</param>
/// <param name="GeneratedSeconds">All that was generated.</param>
public sealed record BatchedBenchResult(InferenceTest Test, int Sequences, IReadOnlyList<double> PromptSeconds, IReadOnlyList<double> GeneratedSeconds);

/// <summary>
/// Measures an engine as llama-bench does: prompts as a whole, generation one token after the other, on random tokens and without choosing any; and as
/// llama-batched-bench does, several sequences at once. One sequence and one batch serve all repetitions.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="plan">What to measure.</param>
/// <param name="cancellation">Stops between two runs of the engine.</param>
public sealed class InferenceBench(InferenceEngine engine, InferenceBenchPlan plan, CancellationToken cancellation = default)
{
    /// <summary>The least time of a warm-up.</summary>
    public const double WarmUpSeconds = 0.5;

    private readonly CounterRandom _random = new(1);

    /// <summary>Measures one test.</summary>
    /// <exception cref="InsufficientMemoryException">The cache does not hold it.</exception>
    public InferenceBenchResult Run(InferenceTest test)
    {
        using var batch = new InferenceBatch();
        using var sequence = engine.CreateSequence();
        EngineSequence[] one = [sequence];
        Read(batch, one, test.Depth);
        WarmUp(batch, one, test);
        var time = DateTimeOffset.UtcNow;
        var times = new long[plan.Repetitions];
        for (var i = 0; i < times.Length; i++)
        {
            sequence.Truncate(test.Depth);
            var start = Stopwatch.GetTimestamp();
            Read(batch, one, test.Prompt);
            Generate(batch, one, test.Generated);
            times[i] = (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }
        return new InferenceBenchResult(test, time, times);
    }

    /// <summary>Measures a test of several sequences.</summary>
    /// <exception cref="InsufficientMemoryException">The cache does not hold them.</exception>
    public BatchedBenchResult RunBatched(InferenceTest test, int count)
    {
        using var batch = new InferenceBatch();
        var sequences = new List<EngineSequence>();
        try
        {
            for (var i = 0; i < count; i++) sequences.Add(engine.CreateSequence());
            Read(batch, sequences, test.Depth);
            WarmUp(batch, sequences, test);
            var (prompts, generated) = (new double[plan.Repetitions], new double[plan.Repetitions]);
            for (var i = 0; i < plan.Repetitions; i++)
            {
                foreach (var sequence in sequences) sequence.Truncate(test.Depth);
                var start = Stopwatch.GetTimestamp();
                Read(batch, sequences, test.Prompt);
                var middle = Stopwatch.GetTimestamp();
                Generate(batch, sequences, test.Generated);
                (prompts[i], generated[i]) = (Stopwatch.GetElapsedTime(start, middle).TotalSeconds, Stopwatch.GetElapsedTime(middle).TotalSeconds);
            }
            return new BatchedBenchResult(test, count, prompts, generated);
        }
        finally
        {
            foreach (var sequence in sequences) sequence.Dispose();
        }
    }

    private void WarmUp(InferenceBatch batch, IReadOnlyList<EngineSequence> sequences, InferenceTest test)
    {
        if (!plan.WarmsUp) return;
        var start = Stopwatch.GetTimestamp();
        do
        {
            foreach (var sequence in sequences) sequence.Truncate(test.Depth);
            Read(batch, sequences, test.Prompt);
            for (var i = 0; i < test.Generated && (i == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds); i++) Generate(batch, sequences, 1);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds);
    }

    /// <summary>So many tokens of a prompt in each sequence: as many at once as the engine likes, of several sequences together where they are short. The logits of each one's last token are computed.</summary>
    private void Read(InferenceBatch batch, IReadOnlyList<EngineSequence> sequences, int count)
    {
        batch.Clear();
        Span<int> tokens = stackalloc int[256];
        foreach (var sequence in sequences)
        {
            for (var left = count; left > 0;)
            {
                // a sequence may occur once in a batch: the rest of it needs the next one
                var piece = Math.Min(left, engine.BatchSize - batch.TokenCount);
                var ids = piece <= tokens.Length ? tokens[..piece] : new int[piece];
                foreach (ref var id in ids) id = _random.Next(engine.VocabularySize);
                left -= piece;
                batch.Add(sequence, ids, left == 0 ? BatchOutput.LastLogits : BatchOutput.None);
                if (left > 0 || batch.TokenCount == engine.BatchSize) Flush(batch);
            }
        }
        if (batch.Count > 0) Flush(batch);
    }

    /// <summary>So many tokens in each sequence, one after the other.</summary>
    private void Generate(InferenceBatch batch, IReadOnlyList<EngineSequence> sequences, int count)
    {
        for (var i = 0; i < count; i++)
        {
            batch.Clear();
            foreach (var sequence in sequences) batch.Add(sequence, [_random.Next(engine.VocabularySize)]);
            Flush(batch);
        }
    }

    private void Flush(InferenceBatch batch)
    {
        cancellation.ThrowIfCancellationRequested();
        engine.Run(batch);
        batch.Clear();
    }
}
