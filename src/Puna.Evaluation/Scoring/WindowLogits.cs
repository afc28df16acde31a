using Puna.Inference;

namespace Puna.Evaluation;

/// <summary>Runs windows of tokens through an engine, as many at once as its batch holds, and hands on the logits after each token that counts.</summary>
internal static class WindowLogits
{
    private const long MostOutputBytes = 64 << 20;

    /// <summary>Sees a row of logits.</summary>
    /// <param name="window">Number of the window.</param>
    /// <param name="position">The token in it after which these logits stand.</param>
    /// <param name="logits">V of them, finite; valid during the call.</param>
    /// <param name="normalizer">Of this row.</param>
    public delegate void Visitor(int window, int position, ReadOnlySpan<float> logits, LogNormalizer normalizer);

    /// <summary>Runs them all: window after window, and in each position after position.</summary>
    /// <param name="engine">Computes; its context holds the longest window.</param>
    /// <param name="windows">Tokens; no window sees another.</param>
    /// <param name="first">The first position of each window whose logits are wanted.</param>
    /// <param name="visit">Sees the logits.</param>
    /// <param name="progress">Hears the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidDataException">A logit is no finite number.</exception>
    public static void Run(InferenceEngine engine, IReadOnlyList<ReadOnlyMemory<int>> windows, int first, Visitor visit, Action<double>? progress, CancellationToken cancellation)
    {
        var rows = (int)Math.Clamp(MostOutputBytes / (sizeof(float) * (long)engine.VocabularySize), 1, engine.BatchSize);
        var sequences = new List<EngineSequence>();
        using var batch = new InferenceBatch();
        try
        {
            for (int start = 0, count; start < windows.Count; start += count)
            {
                count = Together(windows, start, first, engine.BatchSize, rows);
                while (sequences.Count < count) sequences.Add(engine.CreateSequence());
                for (var i = 0; i < count; i++) sequences[i].Truncate(0);
                var end = Enumerable.Range(start, count).Max(i => windows[i].Length);
                Feed(start, count, 0, Math.Min(first, end), count == 1 ? engine.BatchSize : end, BatchOutput.None);
                Feed(start, count, first, end, count == 1 ? rows : end, BatchOutput.AllLogits);
                progress?.Invoke((start + count) / (double)windows.Count);
            }
        }
        finally
        {
            foreach (var sequence in sequences) sequence.Dispose();
        }

        // tokens from..to of each window of a group, at most so many at once
        void Feed(int start, int count, int from, int to, int most, BatchOutput output)
        {
            for (int at = from, next; at < to; at = next)
            {
                cancellation.ThrowIfCancellationRequested();
                next = Math.Min(to, at + most);
                batch.Clear();
                for (var i = 0; i < count; i++)
                {
                    var window = windows[start + i].Span;
                    if (window.Length > at) batch.Add(sequences[i], window[at..Math.Min(next, window.Length)], output);
                }
                engine.Run(batch);
                if (output == BatchOutput.None) continue;
                var row = 0;
                for (var i = 0; i < count; i++)
                    for (var position = at; position < Math.Min(next, windows[start + i].Length); position++) Show(start + i, position, batch.Row(row++));
            }
        }

        void Show(int window, int position, ReadOnlySpan<float> logits)
        {
            var normalizer = LogNormalizer.Of(logits);
            if (!normalizer.IsFinite) throw new InvalidDataException($"the model's logits after token {position} of window {window} are no finite numbers: its weights are damaged, or too large for this precision");
            visit(window, position, logits, normalizer);
        }
    }

    /// <summary>How many windows from here on fit into one batch, of tokens and of rows of logits; one at least.</summary>
    private static int Together(IReadOnlyList<ReadOnlyMemory<int>> windows, int start, int first, int tokens, int rows)
    {
        var count = 0;
        for (var i = start; i < windows.Count; i++, count++)
        {
            (tokens, rows) = (tokens - windows[i].Length, rows - Math.Max(0, windows[i].Length - first));
            if (tokens < 0 || rows < 0) break;
        }
        return Math.Max(1, count);
    }
}
