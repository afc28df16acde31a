using Puna.Models;

namespace Puna.Inference.Tests;

/// <summary>
/// An engine whose logits are a fixed function of the tokens of a sequence, to the last bit, however they came in; with as much memory as a test wants, with
/// tokens that break it, and with a list of what it ran.
/// </summary>
internal sealed unsafe class FakeEngine(int contextLength = 64, int capacity = int.MaxValue, int batchSize = 64) : InferenceEngine
{
    public const int Vocabulary = 50;

    public override IModelConfig Config { get; } = LlamaConfig.Create(8, 8, 1, 1, 1, Vocabulary, contextLength);

    public override int ContextLength => contextLength;

    public override int BatchSize => batchSize;

    public override bool IsBatchInvariant => true;

    public override EngineMemory Memory => new(0, 0, Used * 8, 0);

    /// <summary>Sequences that were not given back.</summary>
    public int Live { get; private set; }

    /// <summary>Tokens of all of them.</summary>
    public int Used { get; private set; }

    public int Forks { get; private set; }

    /// <summary>Of each run the first token of every sequence in it, and how many tokens it was given.</summary>
    public List<(int First, int Count)[]> Runs { get; } = [];

    /// <summary>A token whose sequence has logits that are no numbers.</summary>
    public int NotANumber { get; init; } = -1;

    /// <summary>A token that no batch may hold.</summary>
    public int Refused { get; init; } = -1;

    /// <summary>A token in the middle of whose batch the engine breaks off, against its promise to change nothing then.</summary>
    public int Breaking { get; init; } = -1;

    /// <summary>If given, a run waits for it.</summary>
    public ManualResetEventSlim? Gate { get; init; }

    /// <summary>Called before a batch is computed.</summary>
    public Action? BeforeRun { get; init; }

    /// <summary>Counts runs that have begun.</summary>
    public SemaphoreSlim Entered { get; } = new(0);

    /// <summary>The logits after some tokens.</summary>
    public static float[] Logits(IReadOnlyList<int> ids)
    {
        var hash = 0xcbf29ce484222325ul;
        foreach (var id in ids) hash = (hash ^ (uint)id) * 0x100000001b3;
        return [.. Enumerable.Range(0, Vocabulary).Select(id => 4 * (Mixed(hash + ((ulong)id * 0x9e3779b97f4a7c15)) >> 40) / (float)(1 << 24))];
    }

    public override EngineSequence CreateSequence() => new Sequence(this, []);

    public override void Run(InferenceBatch batch)
    {
        Entered.Release();
        Gate?.Wait();
        BeforeRun?.Invoke();
        RequireRoom(batch);
        if (Used + batch.TokenCount > capacity) throw new InsufficientMemoryException($"the cache has {capacity} positions; {Used} are taken and {batch.TokenCount} more do not fit");
        for (var i = 0; i < batch.Count; i++)
            if (batch.Tokens(i).Contains(Refused)) throw new InvalidDataException("a logit is no finite number");
        var to = batch.Outputs(Vocabulary);
        var ran = new List<(int, int)>();
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Tokens(i).Contains(Breaking)) throw new InvalidOperationException("broken off");
            var history = ((Sequence)batch.Sequence(i)).History;
            history.AddRange(batch.Tokens(i));
            Used += batch.Tokens(i).Length;
            ran.Add((history[0], batch.Tokens(i).Length));
            if (batch.Output(i) != BatchOutput.LastLogits) continue;
            var row = history.Contains(NotANumber) ? [.. Enumerable.Repeat(float.NaN, Vocabulary)] : Logits(history);
            row.CopyTo(new Span<float>(to, Vocabulary));
            to += Vocabulary;
        }
        Runs.Add([.. ran]);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private static ulong Mixed(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    private sealed class Sequence : EngineSequence
    {
        private readonly FakeEngine _engine;
        private bool _isDisposed;

        public Sequence(FakeEngine engine, IEnumerable<int> history)
        {
            (_engine, History) = (engine, [.. history]);
            engine.Live++;
            engine.Used += History.Count;
        }

        public List<int> History { get; }

        public override int Length => History.Count;

        public override void Truncate(int length)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
            _engine.Used -= Length - length;
            History.RemoveRange(length, Length - length);
        }

        public override EngineSequence Fork()
        {
            if (_engine.Used + Length > _engine.Capacity) throw new InsufficientMemoryException("no room for a fork");
            _engine.Forks++;
            return new Sequence(_engine, History);
        }

        protected override void Dispose(bool disposing)
        {
            _isDisposed.ShouldBeFalse("a sequence is given back once");
            _isDisposed = true;
            _engine.Live--;
            _engine.Used -= Length;
        }
    }

    private int Capacity => capacity;
}
