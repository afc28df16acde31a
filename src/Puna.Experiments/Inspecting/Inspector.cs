using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Text;

namespace Puna.Experiments.Inspecting;

/// <summary>Looks at a model folder, a run folder, a file of weights, a tokenizer or a named shape, without loading weights.</summary>
public static class Inspector
{
    /// <summary>Inspects whatever is at a path, or the published shape of that name.</summary>
    /// <param name="pathOrName">For example <c>runs/mine/model</c> or <c>llama-3-8b</c>.</param>
    /// <exception cref="FileNotFoundException">Neither a path nor a name; the sentence has the nearest name.</exception>
    /// <exception cref="InvalidDataException">Something there is damaged or of a kind that this build does not read.</exception>
    public static Inspection Inspect(string pathOrName)
    {
        if (Directory.Exists(pathOrName)) return File.Exists(Path.Combine(pathOrName, ConfigFile.Name)) || !RunFolder.IsRunFolder(pathOrName) ? Model(pathOrName) : Run(pathOrName);
        if (File.Exists(pathOrName))
        {
            return Path.GetExtension(pathOrName) switch
            {
                ".safetensors" => Weights(pathOrName),
                ".model" or ".json" => new Inspection("tokenizer", pathOrName) { Figures = TokenizerFigures(Tokenizers.Load(pathOrName)) },
                _ => throw new InvalidDataException($"{pathOrName} is a file of a kind that inspect does not read; it reads model folders, run folders, .safetensors, .model and tokenizer.json files, and names of shapes"),
            };
        }
        if (LlamaShapes.All.TryGetValue(pathOrName, out var shape)) return new Inspection("shape", pathOrName.ToLowerInvariant()) { Figures = ConfigFigures(shape) };
        throw new FileNotFoundException($"there is no file, folder or named shape '{pathOrName}'; the nearest shape is {NearestKey.Of(pathOrName, LlamaShapes.All.Keys)}, and there are {string.Join(", ", LlamaShapes.All.Keys)}", pathOrName);
    }

    private static Inspection Model(string folder)
    {
        var config = ModelFolder.ReadConfig(folder);
        using var weights = new HuggingFaceWeights(folder);
        var entries = weights.Entries.ToArray();
        var figures = ConfigFigures(config);
        figures.AddRange(EntryFigures(entries));
        if (Tokenizers.Find(folder) is null) figures.Add(("tokenizer", null));
        else figures.AddRange(TokenizerFigures(Tokenizers.Load(folder)));
        figures.Add(("chat_template", ChatTemplateName(folder)));
        return new Inspection("model", folder) { Figures = figures, Tensors = Sorted(entries) };
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
        using var file = new SafetensorsFile(path);
        var metadata = file.Metadata.Select(pair => ($"metadata_{pair.Key}", (object?)pair.Value));
        return new Inspection("weights", path) { Figures = [("parameters", file.Entries.Values.Sum(entry => entry.Count)), .. EntryFigures([.. file.Entries.Values]), .. metadata], Tensors = Sorted(file.Entries.Values) };
    }

    private static List<(string Name, object? Value)> ConfigFigures(IModelConfig config) =>
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

    private static (string Name, object? Value)[] EntryFigures(SafetensorsEntry[] entries) =>
    [
        ("tensors", (long)entries.Length),
        ("dtypes", string.Join(", ", entries.GroupBy(entry => entry.Type).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} ({group.Count()})"))),
        ("files_bytes", entries.Sum(entry => entry.End - entry.Begin)),
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

    private static string? ChatTemplateName(string folder)
    {
        try
        {
            return ChatTemplates.FromFolder(folder)?.Name;
        }
        catch (InvalidDataException)
        {
            return "one that this build does not know";
        }
    }

    private static InspectedTensor[] Sorted(IEnumerable<SafetensorsEntry> entries) => [.. entries.OrderBy(entry => entry.Begin).Select(entry => new InspectedTensor(entry.Name, entry.Type, entry.Shape))];
}
