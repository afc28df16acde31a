using Puna.Inference;
using Puna.Models;

namespace Puna.Evaluation.Tests;

/// <summary>An engine that wants few tokens at once, so that windows are cut into pieces.</summary>
internal sealed class SmallBatches(InferenceEngine engine, int size) : InferenceEngine
{
    /// <summary>The most tokens that were in one batch.</summary>
    public int Largest { get; private set; }

    public override IModelConfig Config => engine.Config;

    public override int ContextLength => engine.ContextLength;

    public override int BatchSize => size;

    public override EngineMemory Memory => engine.Memory;

    public override EngineSequence CreateSequence() => engine.CreateSequence();

    public override void Run(InferenceBatch batch)
    {
        Largest = Math.Max(Largest, batch.TokenCount);
        engine.Run(batch);
    }

    // who made the engine within disposes it
    protected override void Dispose(bool disposing)
    {
    }
}
