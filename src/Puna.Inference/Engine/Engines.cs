using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Opens the engine that suits a model: the one place that knows which engines there are.</summary>
public static class Engines
{
    /// <summary>An engine for a model that is opened and not loaded: a Llama runs on its file's own blocks, any other network is loaded.</summary>
    /// <param name="source">The model; must stay open as long as the engine.</param>
    /// <param name="device">Where to compute; must outlive the engine.</param>
    /// <param name="options">Context, cache and more; null for the defaults.</param>
    /// <param name="ownsSource">Whether the model is closed with the engine.</param>
    /// <exception cref="InvalidDataException">The weights are not whole, the context does not fit, or no engine can do what is asked.</exception>
    public static InferenceEngine Open(ModelSource source, Device device, EngineOptions? options = null, bool ownsSource = false)
    {
        options ??= new EngineOptions();
        if (source.Config is LlamaConfig llama && options.Precision == Precision.Float32) return new LlamaEngine(llama, source.Weights, device, options, ownsSource ? source : null);
        RequirePlain(options);
        NetworkEngine.Positions(source.Config, options.ContextLength); // before the weights are read
        var network = source.Load().Network;
        if (ownsSource) source.Dispose();
        return new NetworkEngine(network, device, options.ContextLength, options.Precision, ownsNetwork: true);
    }

    /// <summary>An engine for a model: on its file where it is only opened, on its network where that is loaded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">Where to compute; must outlive the engine.</param>
    /// <param name="options">Context, cache and more; null for the defaults.</param>
    /// <exception cref="InvalidDataException">The weights are not whole, the context does not fit, or no engine can do what is asked.</exception>
    public static InferenceEngine Open(LanguageModel model, Device device, EngineOptions? options = null) =>
        model.Source is { } source ? Open(source, device, options) : Open(model.Network, device, options);

    /// <summary>An engine for a network that is loaded and stays its owner's.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where to compute; must outlive the engine.</param>
    /// <param name="options">Context, cache and more; null for the defaults.</param>
    /// <exception cref="InvalidDataException">The context does not fit, or no engine can do what is asked.</exception>
    public static InferenceEngine Open(LanguageNetwork network, Device device, EngineOptions? options = null)
    {
        options ??= new EngineOptions();
        RequirePlain(options);
        return new NetworkEngine(network, device, options.ContextLength, options.Precision);
    }

    /// <summary>What the reference engine cannot do is refused.</summary>
    private static void RequirePlain(EngineOptions options)
    {
        if (options.CacheType is { } type && type != CacheType.Float32)
            throw new InvalidDataException($"--cache-type {CacheTypes.NameOf(type)}: the engine for this model keeps keys and values in f32 only; leave the option away or give f32");
        if (options.Repack == RepackMode.Off)
            throw new InvalidDataException("--repack off: the engine for this model turns all weights into fp32 and cannot read them where the file is mapped; leave the option away or give auto");
    }
}
