namespace Puna.Models.Tests;

/// <summary>A GPT-2 small enough to run thousands of times, with weights, norms and biases large enough that each matters.</summary>
internal static class TinyGpt2
{
    public static Gpt2Config Config(bool tied = true, int context = 48) => new()
    {
        HiddenSize = 24,
        IntermediateSize = 40,
        LayerCount = 2,
        HeadCount = 4,
        VocabularySize = TinyLlama.Vocabulary,
        ContextLength = context,
        TieWordEmbeddings = tied,
        InitializerRange = 0.2,
    };

    public static Gpt2Transformer Network(Gpt2Config? config = null, ulong seed = 1)
    {
        var network = new Gpt2Transformer(config ?? Config());
        network.Initialize(seed);
        var random = new Tensors.CounterRandom(seed, 0x42494153);
        foreach (var vector in network.Parameters.Where(parameter => parameter.Tensor.Shape.Rank == 1))
        {
            foreach (ref var value in vector.Tensor.Span<float>()) value += (float)(0.2 * random.NextNormal());
        }
        return network;
    }
}
