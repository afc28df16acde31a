using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>A network small enough to run thousands of times, with weights large enough that every token matters.</summary>
internal static class TinyLlama
{
    public const int Vocabulary = 61;

    public static LlamaConfig Config(int heads = 4, int keyValueHeads = 2, bool tied = false, int vocabulary = Vocabulary, int context = 64) =>
        LlamaConfig.Create(32, 48, 2, heads, keyValueHeads, vocabulary, context) with { TieWordEmbeddings = tied, InitializerRange = 0.2 };

    public static Transformer Network(LlamaConfig? config = null, ulong seed = 1)
    {
        var network = new Transformer(config ?? Config());
        network.Initialize(seed);
        return network;
    }

    public static int[] Ids(int count, ulong seed = 7, int vocabulary = Vocabulary)
    {
        var random = new CounterRandom(seed, 0x49445300);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }

    /// <summary>The bits of every weight, in the network's order.</summary>
    public static float[] Weights(LanguageNetwork network) => [.. network.Parameters.SelectMany(parameter => parameter.Tensor.Span<float>().ToArray())];

    public static LanguageModel Model(LanguageNetwork network) => new(network, null, null);
}
