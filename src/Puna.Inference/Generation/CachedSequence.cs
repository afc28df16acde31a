using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>A sequence of an engine together with the ids in it, so that what new ids share with it is not computed again.</summary>
internal sealed class CachedSequence(InferenceEngine engine) : IDisposable
{
    private const int FirstPiece = 64;
    private const double NoticeableSeconds = 0.25;
    private readonly InferenceBatch _batch = new();
    private readonly List<int> _ids = [];

    /// <summary>The engine.</summary>
    public InferenceEngine Engine => engine;

    /// <summary>The engine's sequence.</summary>
    public EngineSequence Sequence { get; private set; } = engine.CreateSequence();

    /// <summary>Ids in it.</summary>
    public int Length => _ids.Count;

    /// <summary>The ids in it.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>How many of the first ids are in it; the last is computed in any case, for its logits.</summary>
    public int Shared(ReadOnlySpan<int> ids) => Math.Min(Math.Max(0, ids.Length - 1), CollectionsMarshal.AsSpan(_ids).CommonPrefixLength(ids));

    /// <summary>
    /// Computes the beginning of a prompt in pieces short enough that whoever waits can give up between them; the last piece is left to <see cref="Logits"/>. Pieces grow until one takes
    /// a noticeable time, so that prompts cost no more on a machine that is fast. For engines whose bits do not depend on pieces.
    /// </summary>
    /// <returns>False where it was cancelled before that.</returns>
    public bool Prefill(ReadOnlySpan<int> ids, CancellationToken cancellation)
    {
        var kept = Shared(ids);
        Truncate(kept);
        var rest = ids[kept..];
        var piece = FirstPiece;
        while (rest.Length > piece)
        {
            if (cancellation.IsCancellationRequested) return false;
            var start = Stopwatch.GetTimestamp();
            Run(rest[..piece], BatchOutput.None);
            rest = rest[piece..];
            if (Stopwatch.GetElapsedTime(start).TotalSeconds < NoticeableSeconds) piece = Math.Min(2 * piece, engine.BatchSize);
        }
        return true;
    }

    /// <summary>Makes it hold these ids, at least one; what it shares with them stays.</summary>
    /// <returns>The logits behind the last, [V]; valid until the next call.</returns>
    public Span<float> Logits(ReadOnlySpan<int> ids)
    {
        var kept = Shared(ids);
        Truncate(kept);
        var rest = ids[kept..];
        while (rest.Length > engine.BatchSize)
        {
            Run(rest[..engine.BatchSize], BatchOutput.None);
            rest = rest[engine.BatchSize..];
        }
        Run(rest, BatchOutput.LastLogits);
        return _batch.Row(0);
    }

    /// <summary>Appends one id.</summary>
    /// <returns>The logits behind it, [V]; valid until the next call.</returns>
    public Span<float> Append(int id)
    {
        Run([id], BatchOutput.LastLogits);
        return _batch.Row(0);
    }

    /// <summary>Appends ids in one pass.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="output">What is wanted of each of them.</param>
    /// <returns>A row for each id; valid until the next call.</returns>
    public InferenceBatch Append(ReadOnlySpan<int> ids, BatchOutput output)
    {
        Run(ids, output);
        return _batch;
    }

    /// <summary>Goes on with another sequence, which is this one and another id; the old one is given back.</summary>
    public void Adopt(EngineSequence other, int id)
    {
        if (!ReferenceEquals(other, Sequence)) Sequence.Dispose();
        Sequence = other;
        _ids.Add(id);
    }

    /// <summary>Holds another sequence of the engine with these ids; the old one is given back.</summary>
    public void Replace(EngineSequence other, ReadOnlySpan<int> ids)
    {
        Sequence.Dispose();
        Sequence = other;
        _ids.Clear();
        _ids.AddRange(ids);
    }

    /// <summary>Forgets all but the first ids.</summary>
    public void Truncate(int length)
    {
        _ids.RemoveRange(length, _ids.Count - length);
        Sequence.Truncate(length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sequence.Dispose();
        _batch.Dispose();
    }

    private void Run(ReadOnlySpan<int> ids, BatchOutput output)
    {
        _batch.Clear();
        _batch.Add(Sequence, ids, output);
        engine.Run(_batch);
        _ids.AddRange(ids);
    }
}
