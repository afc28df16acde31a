using System.Buffers.Binary;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>Writes llama2.c checkpoints tensor by tensor: version 0 in fp32, which run.c reads, or version 2 in int8, which runq.c reads.</summary>
public static unsafe class Llama2cWriter
{
    private const int LargestGroup = 64;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is whole.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">Where the tensors come from.</param>
    /// <param name="quantized">Version 2 instead of 0.</param>
    /// <param name="progress">Called after each tensor with the numbers written so far.</param>
    /// <param name="check">Looks at what was written before it gets its name; if it throws, nothing is replaced.</param>
    /// <exception cref="InvalidDataException">The model is one that these files cannot describe.</exception>
    public static void Write(string path, LlamaConfig config, StoredWeights weights, bool quantized, Action<long>? progress = null, Action<string>? check = null)
    {
        Check(config);
        var group = quantized ? GroupSize(config) : 0;
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Head(config, group));
            long written = 0;
            foreach (var (name, shape) in Llama2cLayout.Order(config, quantized ? 2 : 0))
            {
                if (name is null)
                {
                    WriteRotaryTables(stream, config);
                    continue;
                }
                var tensor = weights.Read(name, DType.Float32);
                if (!tensor.Shape.Equals(Shape.From(shape))) throw new InvalidDataException($"{weights.Path}: tensor '{name}' has shape {tensor.Shape}, by the configuration it should have {Shape.From(shape)}");
                if (RotaryLayout.HeadsOf(config, name) is var heads and > 0) RotaryLayout.ToNeighbours(tensor, heads);
                if (quantized && shape.Length == 2) WriteGroups(stream, tensor, group);
                else TensorBytes.Write(stream, tensor);
                progress?.Invoke(written += tensor.Count);
                tensor.Release();
            }
        }, check);
    }

    private static void Check(LlamaConfig config)
    {
        const string Why = "llama2.c's programs have it fixed, and their files no place for it";
        if (config.RopeTheta != 10_000) throw new InvalidDataException($"rope_theta is {config.RopeTheta}, llama2.c's files mean 10000: {Why}; convert to gguf or hf");
        if (config.RmsNormEpsilon != 1e-5) throw new InvalidDataException($"rms_norm_eps is {config.RmsNormEpsilon}, llama2.c's files mean 1e-05: {Why}; convert to gguf or hf");
        if (config.RopeScaling is { } scaling) throw new InvalidDataException($"the rope scaling is {scaling.Type}, llama2.c knows none: {Why}; convert to gguf or hf");
        if (config.HeadSize * config.HeadCount != config.HiddenSize) throw new InvalidDataException($"head_dim is {config.HeadSize}, llama2.c's files mean hidden_size / heads = {config.HiddenSize / config.HeadCount}: {Why}; convert to gguf or hf");
    }

    /// <summary>64, halved until it divides the width of the model (export.py does so), and here also the inner width, so that no group spans two rows.</summary>
    private static int GroupSize(LlamaConfig config)
    {
        var group = LargestGroup;
        while (config.HiddenSize % group != 0 || config.IntermediateSize % group != 0) group /= 2;
        return group;
    }

    private static byte[] Head(LlamaConfig config, int group)
    {
        int[] sizes = [config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.KeyValueHeadCount, config.VocabularySize, config.ContextLength];
        var head = new byte[group > 0 ? Llama2cHeader.PaddedBytes : Llama2cHeader.LegacyBytes];
        if (group == 0)
        {
            if (!config.TieWordEmbeddings) sizes[5] = -sizes[5];
            for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4 * i), sizes[i]);
            return head;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(head, Llama2cHeader.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), 2);
        for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8 + (4 * i)), sizes[i]);
        head[36] = config.TieWordEmbeddings ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(37), group);
        return head;
    }

    /// <summary>Cosines and sines of every position, which run.c skips over.</summary>
    private static void WriteRotaryTables(Stream stream, LlamaConfig config)
    {
        var half = config.HeadSize / 2;
        var row = new byte[4 * half];
        foreach (Func<double, double> function in (Func<double, double>[])[Math.Cos, Math.Sin])
        {
            for (var position = 0; position < config.ContextLength; position++)
            {
                for (var i = 0; i < half; i++) BinaryPrimitives.WriteSingleLittleEndian(row.AsSpan(4 * i), (float)function(position * Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize)));
                stream.Write(row);
            }
        }
    }

    /// <summary>Each group's largest magnitude becomes 127; the numbers first, then the scales.</summary>
    private static void WriteGroups(Stream stream, Tensor tensor, int group)
    {
        var groups = tensor.Count / group;
        var scales = new byte[checked((int)(4 * groups))];
        var values = new byte[group];
        for (long g = 0; g < groups; g++)
        {
            var numbers = new ReadOnlySpan<float>(tensor.Pointer<float>() + (g * group), group);
            var largest = 0f;
            foreach (var number in numbers) largest = MathF.Max(largest, MathF.Abs(number));
            var scale = largest / 127f;
            for (var i = 0; i < group; i++) values[i] = (byte)(sbyte)(scale == 0 ? 0 : MathF.Round(numbers[i] / scale));
            BinaryPrimitives.WriteSingleLittleEndian(scales.AsSpan((int)(4 * g)), scale);
            stream.Write(values);
        }
        stream.Write(scales);
        GC.KeepAlive(tensor);
    }
}
