using Puna.Tensors;

namespace Puna.Models;

/// <summary>What goes into a forward pass. Letters: B sequences, T new tokens each.</summary>
/// <param name="Ids">Token ids, Int32 [B·T].</param>
/// <param name="Positions">Position of each token in its sequence or document, Int32 [B·T].</param>
/// <param name="Batch">B.</param>
public sealed record ForwardInput(Tensor Ids, Tensor Positions, int Batch)
{
    /// <summary>The document of each token, Int32 [B·T]: a token attends only within its own. Null for one document a row.</summary>
    public Tensor? Documents { get; init; }

    /// <summary>Keys and values of what came before; requires B = 1. The new ones are added to it.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>Whether a token sees only itself and those before it. False is for experiments: a language model that sees what it predicts learns to copy.</summary>
    public bool IsCausal { get; init; } = true;

    /// <summary>Dropout while training, or null.</summary>
    public DropoutPlan? Dropout { get; init; }

    /// <summary>Whether the backward pass computes each block again from its input, so that only the inputs of blocks are kept.</summary>
    public bool RecomputesBlocks { get; init; }

    /// <summary>If given, receives the residual stream: the embeddings, then the output of each layer ([B·T, C] each).</summary>
    public IList<Tensor>? HiddenStates { get; init; }

    /// <summary>If given, sees the output of every part of the network as it is computed, under Meta's name of the part (tok_embeddings, layers.0.attention …); for looking for a fault.</summary>
    public Action<string, Tensor>? Trace { get; init; }

    /// <summary>If given, sees what every matrix of a Llama's blocks is multiplied with ([B·T, columns]), under the matrix' name in Hugging Face's layout; for gathering how much each column matters.</summary>
    public Action<string, Tensor>? LinearInputs { get; init; }
}

/// <summary>Dropout of the embeddings and of what each layer adds to the residual stream, and of the attention weights: nanoGPT's places.</summary>
/// <param name="Probability">p.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Optimizer step.</param>
/// <param name="MicroBatch">Micro-batch within the step.</param>
/// <param name="AttentionProbability">p of the attention weights.</param>
public sealed record DropoutPlan(double Probability, ulong Seed, int Step, int MicroBatch, double AttentionProbability = 0)
{
    private const int AttentionPlace = 0x8000;

    /// <summary>Applies it at one place of the network; null means no dropout.</summary>
    internal static Tensor Apply(DropoutPlan? plan, Tape tape, Tensor x, int place) =>
        plan is null ? x : Dropout.Apply(tape, x, plan.Probability, new DropoutKey(plan.Seed, plan.Step, plan.MicroBatch, place));

    /// <summary>The dropout of a layer's attention weights.</summary>
    internal static AttentionDropout OfAttention(DropoutPlan? plan, int layer) =>
        plan is null ? default : new(plan.AttentionProbability, new DropoutKey(plan.Seed, plan.Step, plan.MicroBatch, AttentionPlace + layer));
}
