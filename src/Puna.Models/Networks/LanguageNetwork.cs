using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// A network that predicts the next token: ids to hidden states to logits or a loss. Training, evaluation, generation, checkpoints and model folders
/// know nothing else of it. B sequences, T tokens, C hidden size, V vocabulary.
/// </summary>
public abstract class LanguageNetwork
{
    /// <summary>Sizes.</summary>
    public abstract IModelConfig Config { get; }

    /// <summary>All weights by name, tied ones once.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>[V, C]: the output projection; the embeddings themselves where tied.</summary>
    public abstract Tensor Output { get; }

    /// <summary>A network with weights of zero for a configuration of any architecture.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <exception cref="InvalidDataException">The configuration is inconsistent.</exception>
    /// <exception cref="InsufficientMemoryException">The weights do not fit in memory.</exception>
    public static LanguageNetwork Create(IModelConfig config, DType type = DType.Float32) => Architecture.Of(config).Create(config, type);

    /// <summary>Fresh weights, all of them a function of the seed.</summary>
    public abstract void Initialize(ulong seed);

    /// <summary>The final hidden states, normalised, [B·T, C].</summary>
    /// <exception cref="ArgumentException">A cache with more than one sequence, or while recording.</exception>
    public abstract Tensor Forward(Tape tape, ForwardInput input);

    /// <summary>Logits of hidden states, [rows, V].</summary>
    public virtual Tensor Logits(Tape tape, Tensor hidden) => Linear.Apply(tape, hidden, Output);

    /// <summary>Cross-entropy of the next token, in nats, fused with the output projection.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="hidden">[B·T, C].</param>
    /// <param name="labels">Int32 [B·T], already shifted; <see cref="LogProb.Ignore"/> where there is no loss.</param>
    /// <param name="normalizer">Label tokens of the whole step; 0 to count these.</param>
    public virtual CrossEntropyResult Loss(Tape tape, Tensor hidden, Tensor labels, double normalizer = 0) =>
        LinearCrossEntropy.Apply(tape, hidden, Output, labels, normalizer);
}
