using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Text;

namespace Puna.Experiments.Inspecting;

/// <summary>Looks at a model folder, a run folder, a GGUF file, a file of weights, a tokenizer or a named shape, without loading weights.</summary>
public static class Inspector
{
    /// <summary>Inspects whatever is at a path, or the published shape of that name.</summary>
    /// <param name="pathOrName">For example <c>runs/mine/model</c> or <c>llama-3-8b</c>.</param>
    /// <exception cref="FileNotFoundException">Neither a path nor a name; the sentence has the nearest name.</exception>
    /// <exception cref="InvalidDataException">Something there is damaged or of a kind that this build does not read.</exception>
    public static Inspection Inspect(string pathOrName)
    {
        if (Directory.Exists(pathOrName)) return File.Exists(Path.Combine(pathOrName, ConfigFile.Name)) || !RunFolder.IsRunFolder(pathOrName) ? Model(pathOrName) : Run(pathOrName);
        if (GgufFile.IsGguf(pathOrName)) return GgufInspector.Inspect(pathOrName);
        if (File.Exists(pathOrName))
        {
            return Path.GetExtension(pathOrName) switch
            {
                ".safetensors" => Weights(pathOrName),
                ".pth" or ".pt" => Weights(new TorchWeights(pathOrName)),
                ".bin" when TorchWeights.IsLikely(pathOrName) => Weights(new TorchWeights(pathOrName)),
                ".model" or ".json" or ".tiktoken" => new Inspection("tokenizer", pathOrName) { Figures = TokenizerFigures(Tokenizers.Load(pathOrName)) },
                ".bin" when Llama2cWeights.IsLikely(pathOrName) => Model(pathOrName),
                ".bin" => new Inspection("tokenizer", pathOrName) { Figures = TokenizerFigures(Tokenizers.Load(pathOrName)) },
                _ => throw new InvalidDataException($"{pathOrName} is a file of a kind that inspect does not read; it reads model folders, run folders, .gguf, .safetensors, .pth, llama2.c's .bin and tokenizer files, and names of shapes"),
            };
        }
        if (LlamaShapes.All.TryGetValue(pathOrName, out var shape)) return new Inspection("shape", pathOrName.ToLowerInvariant()) { Figures = ConfigFigures(shape) };
        throw new FileNotFoundException($"there is no file, folder or named shape '{pathOrName}'; the nearest shape is {NearestKey.Of(pathOrName, LlamaShapes.All.Keys)}, and there are {string.Join(", ", LlamaShapes.All.Keys)}", pathOrName);
    }

    private static Inspection Model(string path)
    {
        using var source = ModelSource.Open(path, requireTokenizer: false);
        StoredTensor[] tensors = [.. source.Weights.Tensors.Values];
        var figures = ConfigFigures(source.Config);
        figures.AddRange(TensorFigures(tensors));
        if (source.Tokenizer is { } tokenizer) figures.AddRange(TokenizerFigures(tokenizer));
        else figures.Add(("tokenizer", null));
        figures.Add(("chat_template", source.ChatTemplateProblem is null ? source.ChatTemplate?.Name : "one that this build does not know"));
        return new Inspection("model", path) { Figures = figures, Tensors = Shown(tensors) };
    }

    private static Inspection Run(string folder)
    {
        var run = RunFolder.Read(folder);
        var recipe = run.ReadRecipe();
        var lines = File.Exists(run.MetricsPath) ? MetricsLog.Read(run.MetricsPath) : [];
        List<(string, object?)> figures = [("recipe", recipe.Name), ("finished", run.IsFinished), ("steps_done", lines.Count == 0 ? 0L : lines.Max(line => line.Step)), ("steps", (long)recipe.Training.Steps)];
        if (lines.LastOrDefault(line => line.Split == MetricsSplit.Validation)?.Loss is { } loss) figures.Add(("val_loss", loss));
        figures.Add(("model_path", run.FindModel()));
        if (run.FindModel() is not { } path) return new Inspection("run", folder) { Figures = figures };
        var model = Model(path);
        return new Inspection("run", folder) { Figures = [.. figures, .. model.Figures], Tensors = model.Tensors };
    }

    private static Inspection Weights(string path)
    {
        var file = new SafetensorsFile(path);
        var metadata = file.Metadata.Select(pair => ($"metadata_{pair.Key}", (object?)pair.Value)).ToArray();
        return Weights(file, metadata);
    }

    private static Inspection Weights(StoredWeights file, params (string, object?)[] metadata)
    {
        using (file)
        {
            StoredTensor[] tensors = [.. file.Tensors.Values];
            return new Inspection("weights", file.Path) { Figures = [("parameters", tensors.Sum(tensor => tensor.Count)), .. TensorFigures(tensors), .. metadata], Tensors = Shown(tensors) };
        }
    }

    internal static List<(string Name, object? Value)> ConfigFigures(IModelConfig config) =>
    [
        ("model_type", config.ModelType),
        ("parameters", config.ParameterCount),
        ("hidden_size", (long)config.HiddenSize),
        ("intermediate_size", (long)config.IntermediateSize),
        ("num_hidden_layers", (long)config.LayerCount),
        ("num_attention_heads", (long)config.HeadCount),
        ("num_key_value_heads", (long)config.KeyValueHeadCount),
        ("head_dim", (long)config.HeadSize),
        ("vocab_size", (long)config.VocabularySize),
        ("max_position_embeddings", (long)config.ContextLength),
        .. config switch { LlamaConfig llama => LlamaFigures(llama), Gpt2Config gpt2 => [("layer_norm_epsilon", gpt2.LayerNormEpsilon)], _ => [] },
        ("tie_word_embeddings", config.TieWordEmbeddings),
        ("weights_fp32_bytes", 4 * config.ParameterCount),
        ("weights_bf16_bytes", 2 * config.ParameterCount),
        ("full_cache_bytes", KvCache.BytesFor(config, config.ContextLength)),
    ];

    private static (string Name, object? Value)[] LlamaFigures(LlamaConfig config) =>
    [
        ("rope_theta", config.RopeTheta),
        ("rope_type", config.RopeScaling?.Type ?? "default"),
        ("rms_norm_eps", config.RmsNormEpsilon),
    ];

    private static (string Name, object? Value)[] TensorFigures(StoredTensor[] tensors) =>
    [
        ("tensors", (long)tensors.Length),
        ("dtypes", string.Join(", ", tensors.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} ({group.Count()})"))),
        ("files_bytes", tensors.Sum(tensor => tensor.Bytes)),
    ];

    private static (string Name, object? Value)[] TokenizerFigures(Tokenizer tokenizer) =>
    [
        ("tokenizer", tokenizer.GetType().Name),
        ("tokenizer_pieces", (long)tokenizer.VocabularySize),
        ("byte_fallback", tokenizer is SentencePieceTokenizer { Model.Trainer.ByteFallback: true } or ByteFallbackBpe { FallsBackToBytes: true }),
        ("normalization", (tokenizer as SentencePieceTokenizer)?.Model.Normalizer.Name),
        ("bos_id", (long?)tokenizer.BosId),
        ("eos_id", (long?)tokenizer.EosId),
        ("unknown_id", (long?)tokenizer.UnknownId),
        ("pad_id", (long?)tokenizer.PadId),
    ];

    private static InspectedTensor[] Shown(IEnumerable<StoredTensor> tensors) => [.. tensors.Select(tensor => new InspectedTensor(tensor.Name, tensor.Type, tensor.Shape))];
}
