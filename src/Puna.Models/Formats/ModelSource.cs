using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>A model wherever and however it is kept, opened but not loaded: its configuration, its weights one at a time, its tokenizer and chat template.</summary>
public sealed class ModelSource : IDisposable
{
    private ModelSource(ModelFormat format, IModelConfig config, StoredWeights weights) => (Format, Config, Weights) = (format, config, weights);

    /// <summary>How it is kept.</summary>
    public ModelFormat Format { get; }

    /// <summary>Sizes.</summary>
    public IModelConfig Config { get; }

    /// <summary>The weights.</summary>
    public StoredWeights Weights { get; }

    /// <summary>Its tokenizer; null where it has none, or none was required and it has one that this build cannot run.</summary>
    public Tokenizer? Tokenizer { get; private init; }

    /// <summary>Why the tokenizer cannot be run; null where it can or there is none.</summary>
    public string? TokenizerProblem { get; private init; }

    /// <summary>Its chat template; null where it has none or one that this build cannot run.</summary>
    public ChatTemplate? ChatTemplate { get; private init; }

    /// <summary>Why the chat template cannot be run; null where it can or there is none.</summary>
    public string? ChatTemplateProblem { get; private init; }

    /// <summary>How its makers want it sampled; null where nothing says so.</summary>
    public GenerationConfig? Generation { get; private init; }

    /// <summary>Opens a model: a Hugging Face folder, Meta's folder, a GGUF file or a llama2.c file.</summary>
    /// <param name="path">The folder or file. A file of weights within a folder of the first two kinds means the folder.</param>
    /// <param name="requireTokenizer">Whether a model without a tokenizer that this build runs is refused.</param>
    /// <param name="tokenizer">Where the tokenizer is, for formats that carry none; null to look beside the weights.</param>
    /// <param name="adapter">A folder with a LoRA adapter for the model, whose weights are added; null for none.</param>
    /// <exception cref="FileNotFoundException">Something is missing.</exception>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static ModelSource Open(string path, bool requireTokenizer = true, string? tokenizer = null, string? adapter = null)
    {
        if (adapter is null) return OpenPlain(path, requireTokenizer, tokenizer);
        var added = LoraAdapter.Load(adapter);
        var source = OpenPlain(path, requireTokenizer, tokenizer);
        try
        {
            return source.With(added);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static ModelSource OpenPlain(string path, bool requireTokenizer, string? tokenizer)
    {
        if (Directory.Exists(path)) return OpenFolder(path, requireTokenizer, tokenizer);
        if (!File.Exists(path)) throw new DirectoryNotFoundException($"no model folder or file {path}");
        if (GgufFile.IsGguf(path)) return OpenGguf(path, requireTokenizer, tokenizer);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Path.GetExtension(path) is ".safetensors" or ".pth" or ".pt" || TorchWeights.IsLikely(path)) return OpenFolder(folder, requireTokenizer, tokenizer);
        if (!Llama2cWeights.IsLikely(path)) throw new InvalidDataException($"{path} is a file that holds no model; this build reads Hugging Face folders, GGUF files, llama2.c's .bin files and Meta's folders");
        var weights = new Llama2cWeights(path);
        return Build(ModelFormat.Llama2c, weights.Config, weights, requireTokenizer, tokenizer ?? Tokenizers.Find(folder), path, tokenizer is not null);
    }

    /// <summary>A Llama that nobody has trained.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Of its weights.</param>
    /// <param name="tokenizer">A tokenizer's file or folder; null for none.</param>
    /// <exception cref="InvalidDataException">There is no such tokenizer, or it has more pieces than the shape's vocabulary.</exception>
    public static ModelSource Untrained(LlamaConfig config, ulong seed, string? tokenizer = null)
    {
        var (loaded, _) = LoadTokenizer(tokenizer, config, "the untrained model", isAskedFor: true);
        if (loaded is not null) config = config with { BosTokenId = loaded.AddsBos ? loaded.BosId : null, EosTokenIds = loaded.EosId is { } eos ? [eos] : [] };
        return new ModelSource(ModelFormat.HuggingFace, config, new UntrainedWeights(config, seed)) { Tokenizer = loaded };
    }

    /// <summary>Reads only the configuration.</summary>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs.</exception>
    public static IModelConfig ReadConfig(string path)
    {
        if (Directory.Exists(path) && !MetaWeights.IsLikely(path)) return ModelFolder.ReadConfig(path);
        using var source = Open(path, requireTokenizer: false);
        return source.Config;
    }

    /// <summary>The same model with an adapter's weights added; this object must not be used or closed any more.</summary>
    /// <exception cref="InvalidDataException">The adapter was made for another model.</exception>
    public ModelSource With(LoraAdapter adapter) => new(Format, Config, new AdaptedWeights(Weights, adapter))
    {
        Tokenizer = Tokenizer,
        TokenizerProblem = TokenizerProblem,
        ChatTemplate = ChatTemplate,
        ChatTemplateProblem = ChatTemplateProblem,
        Generation = Generation,
    };

    /// <summary>Loads the network.</summary>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <exception cref="InvalidDataException">Weights are missing, of another shape, or unknown.</exception>
    public LanguageModel Load(DType type = DType.Float32)
    {
        Weights.Require(Config);
        var network = LanguageNetwork.Create(Config, type);
        Weights.CopyTo(network);
        return new LanguageModel(network, Tokenizer, ChatTemplate) { ChatTemplateProblem = ChatTemplateProblem, Generation = Generation };
    }

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    private static ModelSource OpenFolder(string folder, bool requireTokenizer, string? tokenizer)
    {
        if (File.Exists(Path.Combine(folder, ConfigFile.Name)))
            return Build(ModelFormat.HuggingFace, ModelFolder.ReadConfig(folder), new HuggingFaceWeights(folder), requireTokenizer, tokenizer ?? Tokenizers.Find(folder), folder, tokenizer is not null);
        if (MetaWeights.IsLikely(folder))
        {
            var weights = new MetaWeights(folder);
            return Build(ModelFormat.Meta, weights.Config, weights, requireTokenizer, tokenizer ?? Tokenizers.Find(folder), folder, tokenizer is not null);
        }
        if (LoraAdapter.IsAdapter(folder)) throw new InvalidDataException($"{folder} holds an adapter ({LoraConfig.FileName}), no model; merge it into its base first");
        ModelFolder.ReadConfig(folder); // says what is missing
        throw new InvalidDataException($"{folder} holds no model");
    }

    private static ModelSource OpenGguf(string path, bool requireTokenizer, string? tokenizer)
    {
        var file = new GgufFile(path);
        try
        {
            var config = GgufConfig.Read(file);
            var weights = new GgufWeights(file, config);
            if (tokenizer is not null) return Build(ModelFormat.Gguf, config, weights, requireTokenizer, tokenizer, path, isNamed: true);
            var (own, missing, template, problem) = GgufModel.TokenizerOf(file, config, requireTokenizer);
            return new ModelSource(ModelFormat.Gguf, config, weights) { Tokenizer = own, TokenizerProblem = missing, ChatTemplate = template, ChatTemplateProblem = problem };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ModelSource Build(ModelFormat format, IModelConfig config, StoredWeights weights, bool requireTokenizer, string? tokenizerPath, string path, bool isNamed)
    {
        try
        {
            if (tokenizerPath is null && requireTokenizer && !Directory.Exists(path)) throw new InvalidDataException($"{path} has no tokenizer beside it; name one with --tokenizer PATH");
            if (tokenizerPath is null && requireTokenizer) tokenizerPath = path; // which says what is missing
            var (tokenizer, missing) = LoadTokenizer(tokenizerPath, config, path, requireTokenizer || isNamed);
            // Meta's params.json says nothing of symbols: the tokenizer does
            if (format == ModelFormat.Meta && config is LlamaConfig llama && tokenizer is not null)
                config = llama with { BosTokenId = tokenizer.AddsBos ? tokenizer.BosId : null, EosTokenIds = tokenizer.EosId is { } eos ? [eos] : [] };
            var (template, problem) = tokenizer is not null && Directory.Exists(path) ? ChatTemplates.Find(path) : (null, null);
            return new ModelSource(format, config, weights) { Tokenizer = tokenizer, TokenizerProblem = missing, ChatTemplate = template, ChatTemplateProblem = problem, Generation = Directory.Exists(path) ? GenerationConfig.Find(path) : null };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>A tokenizer that nobody asked for and that cannot be run is told, not thrown.</summary>
    private static (Tokenizer? Tokenizer, string? Problem) LoadTokenizer(string? tokenizerPath, IModelConfig config, string path, bool isAskedFor)
    {
        if (tokenizerPath is null) return (null, null);
        try
        {
            var tokenizer = TokenizerPath.Load(tokenizerPath);
            return tokenizer.VocabularySize <= config.VocabularySize
                ? (tokenizer, null)
                : throw new InvalidDataException($"{path}: the tokenizer has {tokenizer.VocabularySize} pieces, the model's vocabulary only {config.VocabularySize}");
        }
        catch (InvalidDataException problem) when (!isAskedFor)
        {
            return (null, problem.Message);
        }
    }
}
