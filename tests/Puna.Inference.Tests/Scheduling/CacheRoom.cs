using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>What a cache has left.</summary>
internal static class CacheRoom
{
    /// <summary>Fills the whole cache with one sequence, which no page must be missing for.</summary>
    public static void ShouldBeWhole(this LlamaEngine engine, int pages)
    {
        using var sequence = engine.CreateSequence();
        using var batch = new InferenceBatch();
        batch.Add(sequence, TinyLlama.Ids(pages * CacheLayout.PagePositions));
        engine.Run(batch);
        sequence.Length.ShouldBe(pages * CacheLayout.PagePositions);
        batch.Clear();
        batch.Add(sequence, [1]);
        Should.Throw<InsufficientMemoryException>(() => engine.Run(batch), "there are no more than these");
    }
}
