using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>What became of a model that was written as GGUF.</summary>
/// <param name="Bytes">The file's size.</param>
/// <param name="Fallbacks">Tensors that could not have the type of the file's kind.</param>
/// <param name="Notes">What the file cannot say as the model did; a sentence each.</param>
public sealed record GgufReport(long Bytes, IReadOnlyList<GgufFallback> Fallbacks, IReadOnlyList<string> Notes);

/// <summary>What goes into a GGUF file.</summary>
/// <param name="Config">Sizes.</param>
/// <param name="Weights">The tensors.</param>
/// <param name="Tokenizer">Null for none.</param>
/// <param name="ChatTemplate">Null for none.</param>
/// <param name="ChatTemplateProblem">Why the model's chat template is not known; null where there is none or it is.</param>
public sealed record GgufContent(IModelConfig Config, StoredWeights Weights, Tokenizer? Tokenizer, ChatTemplate? ChatTemplate, string? ChatTemplateProblem = null);

/// <summary>Models as GGUF files: weights, configuration, tokenizer and chat template in one.</summary>
public static class GgufModel
{
    /// <summary>Writes a model that is loaded.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is whole and was read back.</param>
    /// <param name="model">A Llama in Float32; its tokenizer, where it has one, a SentencePiece BPE or character model.</param>
    /// <param name="mix">The kind of file.</param>
    /// <param name="pool">Threads that quantise.</param>
    /// <param name="name">general.name.</param>
    /// <exception cref="InvalidDataException">The model is of a kind that GGUF files of this build cannot hold, or has weights that are not finite.</exception>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written.</exception>
    public static GgufReport Save(string path, LanguageModel model, GgufMix mix, WorkerPool pool, string? name = null)
    {
        using var weights = new NetworkWeights(model.Network);
        return Save(path, new GgufContent(model.Network.Config, weights, model.Tokenizer, model.ChatTemplate, model.ChatTemplateProblem), mix, pool, name);
    }

    /// <summary>Writes a model one tensor at a time.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is whole and was read back.</param>
    /// <param name="content">What goes in.</param>
    /// <param name="mix">The kind of file.</param>
    /// <param name="pool">Threads that quantise.</param>
    /// <param name="name">general.name.</param>
    /// <param name="progress">Hears of each tensor's numbers.</param>
    /// <param name="importance">How much each column matters; null where nothing is known.</param>
    /// <exception cref="InvalidDataException">The model is of a kind that GGUF files of this build cannot hold, or has weights that are not finite.</exception>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written.</exception>
    public static GgufReport Save(string path, GgufContent content, GgufMix mix, WorkerPool pool, string? name = null, Action<long>? progress = null, ImportanceMatrix? importance = null)
    {
        if (content.Config is not LlamaConfig config) throw new InvalidDataException($"GGUF files are written for Llamas only, this model is of the kind {content.Config.ModelType}; keep it as a Hugging Face folder");
        var notes = new List<string>();
        var fallbacks = new List<GgufFallback>();
        var metadata = Metadata(content, config, mix, name ?? Path.GetFileNameWithoutExtension(path), notes);
        var tensors = GgufWeights.Sources(content.Weights, config, (tensor, columns) =>
        {
            var wanted = mix.TypeOf(tensor, config);
            var used = GgufFallback.Resolve(wanted, columns);
            if (used.Name != wanted) fallbacks.Add(new GgufFallback(tensor, columns, wanted, used.Name));
            return used;
        }).Select(source => source with { Read = () => Told(source, progress), Importance = importance?.Of(source.Name, source.Shape.Columns) ?? [] }).ToArray();
        if (importance is not null) Describe(importance, tensors, metadata, notes);
        GgufWriter.Write(path, metadata, tensors, pool);
        return new GgufReport(FileSize.Of(path), fallbacks, notes);
    }

    /// <summary>The tokenizer and chat template of a file; where none is required and it has one that this build cannot run, a sentence about it.</summary>
    internal static (Tokenizer? Tokenizer, string? TokenizerProblem, ChatTemplate? Template, string? TemplateProblem) TokenizerOf(GgufFile file, LlamaConfig config, bool isRequired)
    {
        if (GgufVocabulary.Read(file) is not { } vocabulary) return isRequired ? throw new InvalidDataException($"gguf: {file.Path} has no tokenizer (tokenizer.ggml.model)") : default;
        try
        {
            var tokenizer = vocabulary.CreateTokenizer(file.Path);
            if (tokenizer.VocabularySize > config.VocabularySize) throw new InvalidDataException($"gguf: {file.Path} has {tokenizer.VocabularySize} tokens, but embeddings of only {config.VocabularySize}");
            var (template, problem) = vocabulary.ChatTemplate is not { } source ? (null, null) : ChatTemplates.FromSource(source, file.Path);
            return (tokenizer, null, template, problem);
        }
        catch (InvalidDataException problem) when (!isRequired)
        {
            return (null, problem.Message, null, null);
        }
    }

    private static void Describe(ImportanceMatrix importance, GgufTensorSource[] tensors, List<KeyValuePair<string, object>> metadata, List<string> notes)
    {
        metadata.Add(new("quantize.imatrix.file", Path.GetFileName(importance.Path)));
        if (importance.Texts.Count > 0) metadata.Add(new("quantize.imatrix.dataset", string.Join(", ", importance.Texts)));
        metadata.Add(new("quantize.imatrix.entries_count", (uint)importance.Names.Count));
        metadata.Add(new("quantize.imatrix.chunks_count", (uint)importance.ChunkCount));
        var unknown = tensors.Where(tensor => tensor.Type.ElementsPerBlock > 1 && tensor.Importance.Length == 0 && tensor.Name is not (GgufNames.Embeddings or GgufNames.Output)).ToArray();
        if (unknown.Length > 0) notes.Add($"{importance.Path} knows nothing of {unknown.Length} of the {tensors.Length} tensors ('{unknown[0].Name}' is the first): they are quantised without importances");
    }

    private static Tensor Told(GgufTensorSource source, Action<long>? progress)
    {
        var tensor = source.Read();
        progress?.Invoke(tensor.Count);
        return tensor;
    }

    private static List<KeyValuePair<string, object>> Metadata(GgufContent model, LlamaConfig config, GgufMix mix, string name, List<string> notes)
    {
        List<KeyValuePair<string, object>> pairs = [new("general.architecture", "llama"), new("general.name", name), new("general.file_type", (uint)mix.FileType)];
        if (mix.IsQuantized) pairs.Add(new("general.quantization_version", 2u));
        KeyValuePair<string, object>[] vocabulary = [.. Vocabulary(model, config, notes)];
        int? Id(string key) => vocabulary.FirstOrDefault(pair => pair.Key == key).Value is uint id ? (int)id : null;
        pairs.AddRange(GgufConfig.Write(config, Id("tokenizer.ggml.eot_token_id"), Id("tokenizer.ggml.eom_token_id")));
        if (config.EosTokenIds.Count > GgufConfig.MostEnds) notes.Add($"of the {config.EosTokenIds.Count} ids that end a text the file holds the first {GgufConfig.MostEnds}");
        var keys = pairs.Select(pair => pair.Key).ToHashSet();
        // the configuration's ids stand first: they are what the model was trained with
        pairs.AddRange(vocabulary.Where(pair => keys.Add(pair.Key)));
        return pairs;
    }

    private static IEnumerable<KeyValuePair<string, object>> Vocabulary(GgufContent model, LlamaConfig config, List<string> notes)
    {
        if (model.Tokenizer is null) return [new("tokenizer.ggml.model", "no_vocab")];
        if (model.Tokenizer is ByteLevelBpe bytes) return GgufVocabulary.Of(bytes, model.ChatTemplate).ToMetadata(config.VocabularySize);
        var tokenizer = model.Tokenizer is ByteFallbackBpe merges ? SentencePieceFromMerges.Convert(merges) : model.Tokenizer;
        if (tokenizer is not SentencePieceTokenizer pieces) throw new InvalidDataException($"the model's tokenizer is a {model.Tokenizer.GetType().Name}; this build writes SentencePiece and byte-level tokenizers into GGUF files; name its tokenizer.model with --tokenizer where there is one");
        if (pieces.Model.Normalizer.CharsMap.Length > 0) notes.Add("the tokenizer changes characters before it cuts text (normalization), which llama.cpp does not do for tokenizers of the kind llama: there some texts become other ids");
        if (pieces.Model.Normalizer.RemoveExtraWhitespaces) notes.Add("the tokenizer drops doubled spaces, which llama.cpp does not do for tokenizers of the kind llama: there some texts become other ids");
        if (!pieces.Model.Trainer.ByteFallback) notes.Add("the tokenizer has no byte pieces: llama.cpp cannot encode text with characters outside its vocabulary");
        if (model.ChatTemplateProblem is not null) notes.Add("the chat template is not one that this build knows, and is left out");
        return GgufVocabulary.Of(pieces, model.ChatTemplate, config.BosTokenId is not null && pieces.AddsBos).ToMetadata(config.VocabularySize);
    }
}
