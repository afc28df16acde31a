namespace Puna.Inference;

/// <summary>The tokens that an engine has seen of one sequence, as keys and values. Dispose gives its part of the cache back.</summary>
public abstract class EngineSequence : IDisposable
{
    /// <summary>Positions computed so far.</summary>
    public abstract int Length { get; }

    /// <summary>Forgets all but the first positions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public abstract void Truncate(int length);

    /// <summary>Another sequence with the same tokens; what both have in common is kept once where the engine can.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    public abstract EngineSequence Fork();

    /// <summary>Writes keys and values of all positions, for <see cref="InferenceEngine.LoadSequence"/> of an engine with the same <see cref="InferenceEngine.CacheIdentity"/>.</summary>
    /// <exception cref="NotSupportedException">The engine cannot save sequences: its <see cref="InferenceEngine.CacheIdentity"/> is null.</exception>
    public virtual void Save(Stream stream) => throw new NotSupportedException("this engine cannot save sequences");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives memory back.</summary>
    protected abstract void Dispose(bool disposing);
}
