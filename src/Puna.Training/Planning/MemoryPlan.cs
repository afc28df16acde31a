using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>Bytes a training run needs, by part, known before it starts.</summary>
/// <param name="Weights">fp32 weights.</param>
/// <param name="Gradients">fp32 gradients.</param>
/// <param name="Moments">AdamW's two moments.</param>
/// <param name="Activations">Activations and their gradients of one micro-batch.</param>
/// <param name="Data">Token ids and the program itself.</param>
public sealed record MemoryPlan(long Weights, long Gradients, long Moments, long Activations, long Data)
{
    private const long Program = 150L << 20;

    /// <summary>All parts.</summary>
    public long Total => checked(Weights + Gradients + Moments + Activations + Data);

    /// <summary>Plans a run.</summary>
    /// <param name="config">The network.</param>
    /// <param name="batchSize">Sequences of a forward pass.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="dataTokens">Tokens of the data, kept as 32-bit ids.</param>
    public static MemoryPlan For(IModelConfig config, int batchSize, int sequenceLength, long dataTokens)
    {
        var tokens = (double)batchSize * sequenceLength;
        var (q, k) = ((double)config.HeadCount * config.HeadSize, (double)config.KeyValueHeadCount * config.HeadSize);
        var perLayer = config is Gpt2Config ? (15.0 * config.HiddenSize) + (2.0 * config.IntermediateSize) + config.HeadCount + 2 : (6.0 * config.HiddenSize) + (2 * q) + (2 * k) + (3.0 * config.IntermediateSize) + config.HeadCount;
        var logits = (double)LinearCrossEntropy.ChunkRows((long)Math.Min(tokens, int.MaxValue), config.VocabularySize) * config.VocabularySize;
        // every activation has a gradient of its own; the packed operand of the largest product comes on top
        var activations = 4 * ((2 * tokens * ((config.LayerCount * perLayer) + (3.0 * config.HiddenSize))) + logits + (512.0 * Math.Max(config.VocabularySize, config.IntermediateSize)));
        var weights = 4.0 * config.ParameterCount;
        return new MemoryPlan(Whole(weights), Whole(weights), Whole(2 * weights), Whole(activations), Program + (4 * dataTokens));
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
