using Puna.Text;

namespace Puna.Models;

/// <summary>A network with its tokenizer and chat template. The network may be one that is only opened: then it is loaded when somebody asks for it.</summary>
public sealed record LanguageModel
{
    private LanguageNetwork? _network;

    /// <summary>A model whose network is loaded.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokenizer">Its tokenizer; null where it has none and none was asked for.</param>
    /// <param name="chatTemplate">Its chat template; null where it has none or one that this build cannot run.</param>
    public LanguageModel(LanguageNetwork network, Tokenizer? tokenizer, ChatTemplate? chatTemplate) => (_network, Config, Tokenizer, ChatTemplate) = (network, network.Config, tokenizer, chatTemplate);

    /// <summary>A model that is opened and not loaded.</summary>
    /// <param name="source">The model; must stay open as long as this one is used.</param>
    public LanguageModel(ModelSource source)
    {
        (Source, Config, Tokenizer, ChatTemplate) = (source, source.Config, source.Tokenizer, source.ChatTemplate);
        (ChatTemplateProblem, Generation) = (source.ChatTemplateProblem, source.Generation);
    }

    /// <summary>Sizes.</summary>
    public IModelConfig Config { get; }

    /// <summary>The network in single precision; of a model that is only opened, loaded now.</summary>
    /// <exception cref="InvalidDataException">Weights are missing, of another shape, or unknown.</exception>
    public LanguageNetwork Network => _network ??= Source!.Load().Network;

    /// <summary>Where the network is, as long as it is not loaded; else null.</summary>
    public ModelSource? Source { get => _network is null ? field : null; }

    /// <summary>Its tokenizer; null where it has none and none was asked for.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>Its chat template; null where it has none or one that this build cannot run.</summary>
    public ChatTemplate? ChatTemplate { get; init; }

    /// <summary>Why the folder's chat template cannot be run; null where it can or there is none. The model is good for all but chat.</summary>
    public string? ChatTemplateProblem { get; init; }

    /// <summary>How its makers want it sampled; null where nothing says so.</summary>
    public GenerationConfig? Generation { get; init; }

    /// <summary>The template to put messages with; null where the model has none, and so continues text.</summary>
    /// <exception cref="InvalidDataException">It has one that this build cannot run.</exception>
    public ChatTemplate? TemplateForChat() => ChatTemplateProblem is { } problem ? throw new InvalidDataException($"{problem}; generate --raw continues text without it") : ChatTemplate;
}
