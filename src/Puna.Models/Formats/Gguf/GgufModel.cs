using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>What became of a model that was written as GGUF.</summary>
/// <param name="Bytes">The file's size.</param>
/// <param name="Fallbacks">Tensors that could not have the type of the file's kind.</param>
/// <param name="Notes">What the file cannot say as the model did; a sentence each.</param>
public sealed record GgufReport(long Bytes, IReadOnlyList<GgufFallback> Fallbacks, IReadOnlyList<string> Notes);

/// <summary>Loads and saves models as GGUF files: weights, configuration, tokenizer and chat template in one.</summary>
public static class GgufModel
{
    /// <summary>Loads a model; quantised weights become Float32.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <param name="requireTokenizer">Whether a file without a tokenizer that this build runs is refused.</param>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">The file is not one that this build runs; the sentence says why.</exception>
    public static LanguageModel Load(string path, DType type = DType.Float32, bool requireTokenizer = true)
    {
        using var file = new GgufFile(path);
        var config = GgufConfig.Read(file);
        var tokenizer = TokenizerOf(file, config, requireTokenizer, out var vocabulary);
        GgufWeights.Require(file, config);
        var network = LanguageNetwork.Create(config, type);
        GgufWeights.CopyTo(file, network);
        var (template, problem) = tokenizer is null || vocabulary?.ChatTemplate is not { } source ? (null, null) : ChatTemplates.FromSource(source, path);
        return new LanguageModel(network, tokenizer, template) { ChatTemplateProblem = problem };
    }

    /// <summary>Reads only the configuration.</summary>
    /// <exception cref="InvalidDataException">No GGUF file, or not of a model that this build runs.</exception>
    public static IModelConfig ReadConfig(string path)
    {
        using var file = new GgufFile(path);
        return GgufConfig.Read(file);
    }

    /// <summary>Writes a model.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is whole and was read back.</param>
    /// <param name="model">A Llama in Float32; its tokenizer, where it has one, a SentencePiece BPE or character model.</param>
    /// <param name="mix">The kind of file.</param>
    /// <param name="pool">Threads that quantise.</param>
    /// <param name="name">general.name.</param>
    /// <exception cref="InvalidDataException">The model is of a kind that GGUF files of this build cannot hold, or has weights that are not finite.</exception>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written.</exception>
    public static GgufReport Save(string path, LanguageModel model, GgufMix mix, WorkerPool pool, string? name = null)
    {
        if (model.Network.Config is not LlamaConfig config) throw new InvalidDataException($"GGUF files are written for Llamas only, this model is of the kind {model.Network.Config.ModelType}; keep it as a Hugging Face folder");
        var notes = new List<string>();
        var fallbacks = new List<GgufFallback>();
        var metadata = Metadata(model, config, mix, name ?? Path.GetFileNameWithoutExtension(path), notes);
        var tensors = GgufWeights.Sources(model.Network, (tensor, columns) =>
        {
            var wanted = mix.TypeOf(tensor, config);
            var used = GgufFallback.Resolve(wanted, columns);
            if (used.Name != wanted) fallbacks.Add(new GgufFallback(tensor, columns, wanted, used.Name));
            return used;
        }).ToArray();
        GgufWriter.Write(path, metadata, tensors, pool);
        return new GgufReport(new FileInfo(path).Length, fallbacks, notes);
    }

    private static Tokenizer? TokenizerOf(GgufFile file, LlamaConfig config, bool isRequired, out GgufVocabulary? vocabulary)
    {
        vocabulary = GgufVocabulary.Read(file);
        if (vocabulary is null) return isRequired ? throw new InvalidDataException($"gguf: {file.Path} has no tokenizer (tokenizer.ggml.model)") : null;
        if (!isRequired && vocabulary.Model != GgufVocabulary.SentencePieceKind) return null;
        var tokenizer = vocabulary.CreateTokenizer(file.Path);
        return tokenizer.VocabularySize <= config.VocabularySize
            ? tokenizer
            : throw new InvalidDataException($"gguf: {file.Path} has {tokenizer.VocabularySize} tokens, but embeddings of only {config.VocabularySize}");
    }

    private static List<KeyValuePair<string, object>> Metadata(LanguageModel model, LlamaConfig config, GgufMix mix, string name, List<string> notes)
    {
        List<KeyValuePair<string, object>> pairs = [new("general.architecture", "llama"), new("general.name", name), new("general.file_type", (uint)mix.FileType)];
        if (mix.IsQuantized) pairs.Add(new("general.quantization_version", 2u));
        pairs.AddRange(GgufConfig.Write(config));
        if (config.EosTokenIds.Count > GgufConfig.MostEnds) notes.Add($"of the {config.EosTokenIds.Count} ids that end a text the file holds the first {GgufConfig.MostEnds}");
        var keys = pairs.Select(pair => pair.Key).ToHashSet();
        // the configuration's ids stand first: they are what the model was trained with
        pairs.AddRange(Vocabulary(model, config, notes).Where(pair => keys.Add(pair.Key)));
        return pairs;
    }

    private static IEnumerable<KeyValuePair<string, object>> Vocabulary(LanguageModel model, LlamaConfig config, List<string> notes)
    {
        if (model.Tokenizer is null) return [new("tokenizer.ggml.model", "no_vocab")];
        if (model.Tokenizer is not SentencePieceTokenizer pieces) throw new InvalidDataException($"the model's tokenizer is a {model.Tokenizer.GetType().Name}; this build writes SentencePiece tokenizers into GGUF files only");
        if (pieces.Model.Normalizer.CharsMap.Length > 0) notes.Add("the tokenizer changes characters before it cuts text (normalization), which llama.cpp does not do for tokenizers of the kind llama: there some texts become other ids");
        if (pieces.Model.Normalizer.RemoveExtraWhitespaces) notes.Add("the tokenizer drops doubled spaces, which llama.cpp does not do for tokenizers of the kind llama: there some texts become other ids");
        if (!pieces.Model.Trainer.ByteFallback) notes.Add("the tokenizer has no byte pieces: llama.cpp cannot encode text with characters outside its vocabulary");
        if (model.ChatTemplateProblem is not null) notes.Add("the chat template is not one that this build knows, and is left out");
        return GgufVocabulary.Of(pieces, model.ChatTemplate, config.BosTokenId is not null).ToMetadata(config.VocabularySize);
    }
}
