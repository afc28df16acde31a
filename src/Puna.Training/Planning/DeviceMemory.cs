using Puna.Models;

namespace Puna.Training;

/// <summary>What the backward pass computes again instead of keeping.</summary>
public enum Recomputation
{
    /// <summary>Nothing: the attention's probabilities are kept as well.</summary>
    None,

    /// <summary>The attention's probabilities, as flash attention does.</summary>
    Selective,

    /// <summary>Everything but the input of each block.</summary>
    Full,
}

/// <summary>How a training is spread over devices.</summary>
/// <param name="DataParallel">Copies that see different sequences.</param>
/// <param name="TensorParallel">Devices that share each block, with sequence parallelism.</param>
/// <param name="PipelineParallel">Stages of consecutive blocks.</param>
/// <param name="Zero">What the copies share among themselves: 0 nothing, 1 optimizer, 2 gradients too, 3 weights too (Rajbhandari et al. 2020).</param>
/// <param name="Recomputation">What is computed again.</param>
public sealed record DeviceLayout(int DataParallel, int TensorParallel = 1, int PipelineParallel = 1, int Zero = 1, Recomputation Recomputation = Recomputation.Selective)
{
    /// <summary>All devices.</summary>
    public long Devices => (long)DataParallel * TensorParallel * PipelineParallel;
}

/// <summary>
/// Bytes that training in mixed precision needs on the fullest device, by part. Weights, gradients and optimizer as in ZeRO
/// (Rajbhandari et al. 2020, 1910.02054, section 3.1): bf16 weights 2, bf16 gradients 2, and fp32 master weights, mean and square of
/// AdamW 12 bytes a parameter. Buffers of the framework and fragmentation come on top.
/// </summary>
/// <param name="Weights">bf16 weights.</param>
/// <param name="Gradients">bf16 gradients.</param>
/// <param name="Optimizer">fp32 master weights and AdamW's moments.</param>
/// <param name="Activations">What the backward pass needs of the forward pass, logits among it.</param>
public sealed record DeviceMemory(double Weights, double Gradients, double Optimizer, double Activations)
{
    /// <summary>All parts.</summary>
    public double Total => Weights + Gradients + Optimizer + Activations;

    /// <summary>The fullest device.</summary>
    /// <param name="config">The network.</param>
    /// <param name="sequences">Sequences of a forward pass of one copy, b.</param>
    /// <param name="length">T, in tokens.</param>
    /// <param name="layout">How it is spread.</param>
    public static DeviceMemory For(IModelConfig config, int sequences, int length, DeviceLayout layout)
    {
        var (stages, split) = (layout.PipelineParallel, layout.TensorParallel);
        var blocks = (config.LayerCount + stages - 1) / stages;
        var table = (double)config.VocabularySize * config.HiddenSize;
        // One stage holds embedding and output both; of several, the first holds the one and the last the other.
        var parameters = ((blocks * BlockParameters(config)) + (stages == 1 && !config.TieWordEmbeddings ? 2 * table : table) + config.HiddenSize) / split;
        var (tokens, block) = ((double)sequences * length, BlockActivations(config, sequences, length, layout.Recomputation) / split);
        var working = layout.Recomputation == Recomputation.Full ? BlockActivations(config, sequences, length, Recomputation.Selective) / split : 0;
        // Logits in fp32 with their input (Korthikanti et al. 2022, section 4.3).
        var head = ((4 * tokens * config.VocabularySize) + (4 * tokens * config.HiddenSize)) / split;
        // One forward, one backward: the first stage waits for as many sequences as there are stages, the last for one.
        var first = (stages * blocks * block) + working + (stages == 1 ? head : 0);
        var last = (blocks * block) + working + head;
        double Share(int from) => layout.Zero >= from ? layout.DataParallel : 1;
        return new DeviceMemory(2 * parameters / Share(3), 2 * parameters / Share(2), 12 * parameters / Share(1), Math.Max(first, last));
    }

    /// <summary>
    /// Bytes of one block's activations in bf16, counted for a Llama block as Korthikanti et al. 2022 (2205.05198, section 4.1) count for
    /// GPT's: both norms' inputs and outputs, query, keys and values, the attention's output, gate, up and their product. No dropout, so no
    /// masks: where keys are as many as queries and F = 8/3·C that is 32·s·b·C, against 34·s·b·C there. Without recomputation the
    /// probabilities come on top, 2·H·s²·b; with full recomputation the block's input is left, 2·s·b·C.
    /// </summary>
    /// <param name="config">The network.</param>
    /// <param name="sequences">b.</param>
    /// <param name="length">s, in tokens.</param>
    /// <param name="recomputation">What is not kept.</param>
    public static double BlockActivations(IModelConfig config, int sequences, int length, Recomputation recomputation)
    {
        var tokens = (double)sequences * length;
        if (recomputation == Recomputation.Full) return 2 * tokens * config.HiddenSize;
        var kept = (4.0 * config.HiddenSize) + (2.0 * config.HeadSize * (config.HeadCount + config.KeyValueHeadCount)) + ((double)FeedForwardMatrices(config) * config.IntermediateSize);
        return (2 * tokens * kept) + (recomputation == Recomputation.None ? 2.0 * config.HeadCount * length * tokens : 0);
    }

    /// <summary>The least devices, doubling the copies, on each of which the training fits; null where no number of copies is enough.</summary>
    /// <param name="config">The network.</param>
    /// <param name="sequences">b.</param>
    /// <param name="length">T.</param>
    /// <param name="layout">The copies of it do not matter.</param>
    /// <param name="bytes">Memory of a device.</param>
    public static long? LeastDevices(IModelConfig config, int sequences, int length, DeviceLayout layout, double bytes)
    {
        for (var copies = 1; copies <= 1 << 16; copies *= 2)
            if (For(config, sequences, length, layout with { DataParallel = copies }) is { } memory && memory.Total <= bytes) return (layout with { DataParallel = copies }).Devices;
        return null;
    }

    private static double BlockParameters(IModelConfig config) =>
        (2.0 * config.HiddenSize * config.HeadSize * (config.HeadCount + config.KeyValueHeadCount)) + ((double)FeedForwardMatrices(config) * config.HiddenSize * config.IntermediateSize) + (2.0 * config.HiddenSize);

    /// <summary>Gate, input and output, or without a gate.</summary>
    private static int FeedForwardMatrices(IModelConfig config) => config is Gpt2Config ? 2 : 3;
}
