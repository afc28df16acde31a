using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>Bytes a training run needs, by part, known before it starts.</summary>
/// <param name="Weights">fp32 weights.</param>
/// <param name="Gradients">fp32 gradients.</param>
/// <param name="Moments">AdamW's two moments.</param>
/// <param name="Activations">Activations and their gradients of one micro-batch.</param>
/// <param name="Data">Token ids, packed operands and the program itself.</param>
public sealed record MemoryPlan(long Weights, long Gradients, long Moments, long Activations, long Data)
{
    private const long Program = 64L << 20;

    /// <summary>All parts.</summary>
    public long Total => checked(Weights + Gradients + Moments + Activations + Data);

    /// <summary>Plans a run with a trainer's settings on a device.</summary>
    /// <param name="config">The network.</param>
    /// <param name="options">The settings.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="dataTokens">Tokens of the data, kept as 32-bit ids.</param>
    public static MemoryPlan For(IModelConfig config, TrainerOptions options, Device device, int sequenceLength, long dataTokens) =>
        For(config, options.BatchSize, sequenceLength, dataTokens, new ActivationPlan(options.RecomputesBlocks, options.Dropout > 0, device.KeepsBFloat16(options.Precision)));

    /// <summary>Plans a run.</summary>
    /// <param name="config">The network.</param>
    /// <param name="batchSize">Sequences of a forward pass.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="dataTokens">Tokens of the data, kept as 32-bit ids.</param>
    /// <param name="plan">What is kept of the activations.</param>
    public static MemoryPlan For(IModelConfig config, int batchSize, int sequenceLength, long dataTokens, ActivationPlan plan = default)
    {
        var tokens = (double)batchSize * sequenceLength;
        double c = config.HiddenSize, v = config.VocabularySize;
        var (forward, backward) = config is Gpt2Config ? Gpt2Block(config) : LlamaBlock(config, plan.KeepsBFloat16 ? 0.5 : 1);
        if (plan.HasDropout) (forward, backward) = (forward + (2 * c), backward + (2 * c));
        var stream = config is Gpt2Config ? 2 * c : 0; // GPT-2's residual sums, and copies of their gradients, lie between the blocks
        var kept = plan.RecomputesBlocks ? config.LayerCount * c : config.LayerCount * (forward + stream);
        // embeddings (GPT-2's are a sum of two), the final norm and its gradient, the gradient of the loss and of the residual stream
        kept += ((config is Gpt2Config ? 8 : 5) + (plan.HasDropout ? 1 : 0)) * c;
        var chunk = (double)LinearCrossEntropy.ChunkRows((long)Math.Min(tokens, int.MaxValue), config.VocabularySize);
        // the packed operands of the largest product come on top
        var packed = Math.Max(512 * Math.Max(v, config.IntermediateSize), (chunk * v) + (v * c) + (chunk * c));
        // first the logits, then, when they are gone, what the backward pass needs within a block
        var activations = 4 * ((tokens * (kept + 4)) + Math.Max(chunk * v, tokens * (plan.RecomputesBlocks ? forward + backward : backward)));
        var weights = 4.0 * config.ParameterCount;
        return new MemoryPlan(Whole(weights), Whole(weights), Whole(2 * weights), Whole(activations), Whole(Program + (4.0 * dataTokens) + (4 * packed) + (plan.KeepsBFloat16 ? PackedWeights.BytesOf(config.ParameterCount) : 0)));
    }

    /// <summary>Numbers a token that a block keeps for its backward pass, and that the backward pass needs while it is in the block: a line an operation.</summary>
    /// <param name="config">The network.</param>
    /// <param name="operand">Single-precision numbers that one takes which only products read: a half where it is kept in bf16.</param>
    private static (double Forward, double Backward) LlamaBlock(IModelConfig config, double operand)
    {
        double c = config.HiddenSize, f = config.IntermediateSize, q = (double)config.HeadCount * config.HeadSize, k = (double)config.KeyValueHeadCount * config.HeadSize;
        var forward = c + (operand * c) + 1 // residual sum, norm
            + q + (2 * k) // queries, keys, values
            + (operand * q) + config.HeadCount // attention and the logarithms of its sums
            + c // its output projection
            + c + (operand * c) + 1 // residual sum, norm
            + (2 * f) + (operand * f) // gate, up, their product
            + c; // down
        var rotatedBack = operand < 1 ? operand * (q + k) : 0; // in bf16 beside the single precision, else in place
        return (forward, f + (2 * operand * f) + (2 * c) + (2 * q) + (2 * k) + rotatedBack);
    }

    private static (double Forward, double Backward) Gpt2Block(IModelConfig config)
    {
        double c = config.HiddenSize, f = config.IntermediateSize;
        var forward = (2 * c) + 1 // norm, before and after its weight
            + (6 * c) // queries, keys, values, together and apart
            + c + config.HeadCount // attention and the logarithms of its sums
            + (2 * c) // its output projection, residual sum
            + (2 * c) + 1 // norm
            + (2 * f) // expanded, activated
            + c; // projected
        return (forward, (2 * f) + (9 * c));
    }

    /// <summary>Refuses a run that cannot fit.</summary>
    /// <param name="available">Bytes this process may use; by default what the machine or container has.</param>
    /// <exception cref="InvalidDataException">One sentence with the numbers and what to change.</exception>
    public void Require(long? available = null)
    {
        var limit = available ?? ProcessorLimits.TotalMemoryBytes;
        if (Total <= limit) return;
        throw new InvalidDataException($"this run needs {Giga(Total)} of memory (weights {Giga(Weights)}, gradients {Giga(Gradients)}, moments {Giga(Moments)}, activations {Giga(Activations)}), "
            + $"{Giga(limit)} are there; lower {(Activations > Total / 2 ? "training.batch_size or data.sequence_length" : "model.hidden_size or model.num_hidden_layers")}");
    }

    private static long Whole(double bytes) => bytes < long.MaxValue / 16 ? (long)bytes : long.MaxValue / 16;

    private static string Giga(long bytes) => bytes >= 1L << 30 ? $"{bytes / (double)(1L << 30):0.0} GiB" : $"{bytes / (double)(1L << 20):0} MiB";
}
