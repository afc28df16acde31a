using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>What became of a conversion.</summary>
/// <param name="Format">Of the target.</param>
/// <param name="Bytes">Of all files written.</param>
/// <param name="Types">Types of the tensors written, with how many have each.</param>
/// <param name="Notes">What the target cannot say as the source did, and tensors that got another type than asked for; a sentence each.</param>
public sealed record ConversionReport(ModelFormat Format, long Bytes, IReadOnlyDictionary<string, int> Types, IReadOnlyList<string> Notes);

/// <summary>What a GGUF file is to be like beyond its kind.</summary>
/// <param name="Importance">How much each column of the matrices matters; null where nothing is known.</param>
/// <param name="IsPure">Whether every matrix gets the type of the kind, none more bits than others.</param>
public sealed record GgufOptions(ImportanceMatrix? Importance = null, bool IsPure = false);

/// <summary>
/// One kind of model file into another, tensor by tensor: no more than the largest tensor is held. What was written is opened again and every tensor
/// looked up before the target gets its name.
/// </summary>
public static class ModelConverter
{
    /// <summary>Converts a model.</summary>
    /// <param name="source">The model.</param>
    /// <param name="target">The file or folder; what is there is replaced when the new one is whole.</param>
    /// <param name="format">How it is to be kept.</param>
    /// <param name="type">For hf and meta F32, F16, BF16 or F64, for gguf a kind of file, for llama2c F32 or Q8_0; in any case. Null keeps what the source has, F32 for blocks.</param>
    /// <param name="pool">Threads that quantise.</param>
    /// <param name="progress">Hears the share that is done, 0 to 1.</param>
    /// <param name="shardBytes">Most bytes of a file of a Hugging Face folder.</param>
    /// <param name="gguf">More about a GGUF file.</param>
    /// <exception cref="InvalidDataException">The target cannot hold the model, or there is no such type.</exception>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written.</exception>
    public static ConversionReport Convert(ModelSource source, string target, ModelFormat format, string? type, WorkerPool pool, Action<double>? progress = null, long shardBytes = HuggingFaceWriter.DefaultShardBytes, GgufOptions? gguf = null)
    {
        source.Weights.Require(source.Config);
        var architecture = Architecture.Of(source.Config);
        var kept = source.Weights.Tensors.Values.Where(tensor => !architecture.Ignores(source.Config, tensor.Name)).ToArray();
        double total = Math.Max(1, kept.Sum(tensor => tensor.Count)), done = 0;
        void Add(long count) => progress?.Invoke((done += count) / total);
        var notes = new List<string>();
        if (source.ChatTemplateProblem is { } problem) notes.Add($"the chat template is left out: {problem}");
        switch (format)
        {
            case ModelFormat.Gguf:
                var report = GgufModel.Save(target, new GgufContent(source.Config, source.Weights, source.Tokenizer, source.ChatTemplate), GgufMix.ByName(type ?? OwnMix(kept)) with { IsPure = gguf?.IsPure ?? false }, pool, progress: Add, importance: gguf?.Importance);
                notes.AddRange(report.Fallbacks.Select(fallback => fallback.ToString()));
                notes.AddRange(report.Notes);
                break;
            case ModelFormat.Llama2c:
                Llama2cWriter.Write(target, Llama(source, "llama2.c's files"), source.Weights, IsQuantized(type), count => progress?.Invoke(count / total), file => Check(source, file, kept));
                notes.Add("llama2.c's files carry no tokenizer: give its programs a tokenizer.bin beside it");
                break;
            case ModelFormat.Meta:
                AtomicFolder.Write(target, folder =>
                {
                    WriteMeta(folder, source, Typed(kept, type), Add);
                    Check(source, folder, kept);
                });
                break;
            default:
                AtomicFolder.Write(target, folder =>
                {
                    HuggingFaceWriter.WriteFolder(folder, new HuggingFaceContent(source.Config, source.Weights, Typed(kept, type), source.Tokenizer, source.ChatTemplate, source.Generation), shardBytes, Add);
                    Check(source, folder, kept);
                });
                break;
        }
        using var written = ModelSource.Open(target, requireTokenizer: false);
        var bytes = Directory.Exists(target) ? new DirectoryInfo(target).EnumerateFiles().Sum(file => file.Length) : new FileInfo(target).Length;
        return new ConversionReport(format, bytes, written.Weights.Tensors.Values.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Count()).ToDictionary(group => group.Key, group => group.Count()), notes);
    }

    private static LlamaConfig Llama(ModelSource source, string what) =>
        source.Config as LlamaConfig ?? throw new InvalidDataException($"{what} hold Llamas only, this model is of the kind {source.Config.ModelType}; convert to hf");

    private static bool IsQuantized(string? type) => type?.ToUpperInvariant() switch
    {
        null or "F32" => false,
        "Q8_0" or "I8" or "INT8" => true,
        _ => throw new InvalidDataException($"--type {type}: llama2.c's files are F32 or Q8_0"),
    };

    /// <summary>The kind of file that holds the source's numbers as they are, where all matrices have one type; else F32.</summary>
    private static string OwnMix(StoredTensor[] tensors)
    {
        var types = tensors.Where(tensor => tensor.Shape.Count == 2).Select(tensor => tensor.Type).Distinct().ToArray();
        return types is [var one] && one is "F16" or "BF16" ? types[0] : "F32";
    }

    private static (StoredTensor Tensor, DType Type)[] Typed(StoredTensor[] tensors, string? type)
    {
        DType? wanted = type?.ToUpperInvariant() switch
        {
            null => null,
            "F32" or "FP32" or "FLOAT32" => DType.Float32,
            "F16" or "FP16" or "FLOAT16" => DType.Float16,
            "BF16" or "BFLOAT16" => DType.BFloat16,
            "F64" or "FP64" or "FLOAT64" => DType.Float64,
            _ => throw new InvalidDataException($"--type {type}: safetensors files are written in F32, F16, BF16 or F64; for {type} write a GGUF file (--format gguf)"),
        };
        return [.. tensors.Select(tensor => (tensor, wanted ?? TensorConversion.Holding(tensor.Type) ?? DType.Float32))];
    }

    private static void WriteMeta(string folder, ModelSource source, (StoredTensor Tensor, DType Type)[] tensors, Action<long> progress)
    {
        MetaWriter.Write(folder, Llama(source, "Meta's files"), source.Weights, tensors, progress);
        source.Tokenizer?.Save(folder);
    }

    /// <summary>Opens what was written, under its temporary name: every tensor must be there in its shape, and the sizes must be those of the source.</summary>
    private static void Check(ModelSource source, string target, StoredTensor[] kept)
    {
        using var written = ModelSource.Open(target, requireTokenizer: false);
        foreach (var tensor in kept)
        {
            if (!written.Weights.Tensors.TryGetValue(tensor.Name, out var other) || !other.Shape.SequenceEqual(tensor.Shape))
                throw new IOException($"{target} does not give back tensor '{tensor.Name}' {tensor.ShapeText} that was written; the disk or its file system is at fault");
        }
        if (written.Config.ParameterCount != source.Config.ParameterCount) throw new IOException($"{target} gives back {written.Config.ParameterCount} parameters instead of {source.Config.ParameterCount}");
    }
}
