using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// A model that runs: tokens of any number of sequences in, logits out. Each sequence keeps its keys and values; sequences never see each other.
/// Everything that generates, searches, evaluates or serves stands on this. One call at a time; a sequence belongs to the engine that made it.
/// </summary>
public abstract class InferenceEngine : IDisposable
{
    /// <summary>Sizes of the model.</summary>
    public abstract IModelConfig Config { get; }

    /// <summary>V: number of logits.</summary>
    public int VocabularySize => Config.VocabularySize;

    /// <summary>The most positions a sequence may have.</summary>
    public abstract int ContextLength { get; }

    /// <summary>The most tokens that are worth giving to one <see cref="Run"/>; more work, in pieces.</summary>
    public virtual int BatchSize => 512;

    /// <summary>
    /// Whether a sequence has the same bits however its tokens are cut into runs, and whoever is computed beside it. Where this is not so, they agree up to rounding.
    /// </summary>
    public virtual bool IsBatchInvariant => false;

    /// <summary>How keys and values are kept.</summary>
    public virtual CacheType CacheType => CacheType.Float32;

    /// <summary>Bytes of weights, caches and scratch memory that this engine holds beside a mapped file.</summary>
    public abstract EngineMemory Memory { get; }

    /// <summary>A sequence without tokens.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    public abstract EngineSequence CreateSequence();

    /// <summary>
    /// Computes a batch: appends the tokens of every entry to its sequence, and leaves in the batch what was asked for. An entry's numbers do not depend on
    /// the other entries beyond rounding. A sequence may occur once in a batch.
    /// </summary>
    /// <param name="batch">The tokens; receives the outputs.</param>
    /// <exception cref="InvalidDataException">A sequence outgrows its context; the message has the numbers. Then no sequence has changed its length.</exception>
    /// <exception cref="InsufficientMemoryException">The cache has no room left. Then no sequence has changed its length.</exception>
    public abstract void Run(InferenceBatch batch);

    /// <summary>Logits of a final hidden state (<see cref="BatchOutput.Hidden"/>) without a pass of the model, where the engine can tell them.</summary>
    /// <param name="hidden">[C].</param>
    /// <param name="logits">[V], receives them.</param>
    /// <returns>Whether it can; if not, whoever needs both runs the token again for its logits.</returns>
    public virtual bool TryProject(ReadOnlySpan<float> hidden, Span<float> logits) => false;

    /// <summary>
    /// What a saved sequence depends on: model, weights and how keys and values are kept. Two engines of the same identity can go on with each other's sequences.
    /// Null where the engine cannot save them.
    /// </summary>
    public virtual string? CacheIdentity => null;

    /// <summary>Bytes that <see cref="EngineSequence.Save"/> writes for so many positions.</summary>
    /// <exception cref="NotSupportedException">The engine cannot save sequences.</exception>
    public virtual long SavedBytes(int length) => throw new NotSupportedException("this engine cannot save sequences");

    /// <summary>A sequence from what <see cref="EngineSequence.Save"/> wrote. Whoever calls it has checked identity and size; see <see cref="SequenceFile"/>.</summary>
    /// <param name="stream">Exactly <see cref="SavedBytes"/> are read.</param>
    /// <param name="length">Its positions, at most <see cref="ContextLength"/>.</param>
    /// <exception cref="EndOfStreamException">The stream is shorter.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    /// <exception cref="NotSupportedException">The engine cannot save sequences.</exception>
    public virtual EngineSequence LoadSequence(Stream stream, int length) => throw new NotSupportedException("this engine cannot save sequences");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives memory back.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Says no where an entry would outgrow the context.</summary>
    /// <exception cref="InvalidDataException">It would.</exception>
    protected void RequireRoom(InferenceBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var (sequence, tokens) = (batch.Sequence(i), batch.Tokens(i).Length);
            if (sequence.Length + tokens > ContextLength) throw new InvalidDataException($"a sequence of {sequence.Length} tokens and {tokens} more outgrow the context of {ContextLength} positions");
        }
    }

    /// <summary>The positions asked for, or the model's own.</summary>
    /// <exception cref="InvalidDataException">More than the model has; the message has both.</exception>
    protected static int RequirePositions(IModelConfig config, int asked)
    {
        var positions = asked == 0 ? config.ContextLength : asked;
        return positions >= 1 && positions <= config.ContextLength ? positions : throw new InvalidDataException($"--context-length {asked}: this model has 1 to {config.ContextLength} positions");
    }
}

/// <summary>What an engine takes of memory, in bytes.</summary>
/// <param name="MappedWeights">Weights that are read where the file is mapped.</param>
/// <param name="CopiedWeights">Weights in memory of the engine's own.</param>
/// <param name="Cache">Keys and values.</param>
/// <param name="Scratch">Activations and logits.</param>
public readonly record struct EngineMemory(long MappedWeights, long CopiedWeights, long Cache, long Scratch);
