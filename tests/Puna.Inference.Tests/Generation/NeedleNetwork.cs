using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>
/// A Llama of two layers whose weights are set by hand, so that it finds a needle: asked by the last token, it names the token that follows the mark, wherever
/// in the text that is. Its first layer looks back a token or so, with all rotary pairs, and notes in every place how much of a mark is there. Its second
/// layer seeks the place with the note, with the slowest pair alone, whose angle grows with the distance: up to <see cref="OriginalLength"/> positions
/// its cosine is positive and the place with the note stands out, and beyond that (until the angle comes round, at three and a
/// half times as many) it is negative and the note repels. So it finds nothing there
/// unless a scaling slows that pair down, as it must; and it finds the wrong neighbour if a scaling confuses the fast pairs.
/// </summary>
internal static class NeedleNetwork
{
    /// <summary>Positions over which the slowest pair turns by 1.35 radians: what such a model was «trained» on.</summary>
    public const int OriginalLength = 64;

    /// <summary>Tokens that can be a needle, ids 0 to 11.</summary>
    public const int Values = 12;

    public const int Mark = Values, Question = Values + 1;
    private const int HeadSize = 16, Slowest = (HeadSize / 2) - 1;
    private const double SlowestAngle = 1.35;

    // places in the residual stream: which token it is, one that is always 1, how much of a mark stands just before, and the answer
    private const int Always = Values + 2, Note = Values + 3, Answer = Values + 4, Width = Answer + Values;

    public static Transformer Create(RopeScaling? scaling, int contextLength)
    {
        var config = LlamaConfig.Create(Width, 4, 2, 1, 1, Values + 2, contextLength) with
        {
            HeadSize = HeadSize,
            RopeTheta = Math.Pow(SlowestAngle / OriginalLength, -HeadSize / (HeadSize - 2.0)), // then the slowest frequency is angle / length
            RopeScaling = scaling,
        };
        var network = new Transformer(config);
        for (var token = 0; token < Values + 2; token++)
        {
            Set(network.TokenEmbeddings, token, token, 1);
            Set(network.TokenEmbeddings, token, Always, 1);
        }
        var (first, second) = (network.Layers[0], network.Layers[1]);
        foreach (var norm in (Tensor[])[first.AttentionNorm, second.AttentionNorm, network.Norm])
            norm.Span<float>().Fill((float)Math.Sqrt(2.0 / Width)); // an embedding has two ones: it passes as it is

        for (var pair = 0; pair <= Slowest; pair++)
        {
            Set(first.Attention.Query, pair, Always, 4); // 4·4/√16 = 4 for each pair at distance 0
            Set(first.Attention.Key, pair, Always, 4);
        }
        Set(first.Attention.Value, 0, Mark, 1);
        Set(first.Attention.Output, Note, 0, 1);

        Set(second.Attention.Query, Slowest, Question, 80);
        Set(second.Attention.Key, Slowest, Note, 80);
        Set(second.Attention.Key, Slowest, Mark, -160); // the mark notes itself most of all, and is not what is sought
        for (var value = 0; value < Values; value++)
        {
            Set(second.Attention.Value, value, value, 1);
            Set(second.Attention.Output, Answer + value, value, 1);
            Set(network.Output, value, Answer + value, 10);
        }
        return network;
    }

    /// <summary>A text of random tokens that ends with the question and has the mark, and behind it the needle, so far before its end.</summary>
    public static (int[] Ids, int Needle) Text(int length, int distance, ulong seed)
    {
        var random = new CounterRandom(seed, (ulong)distance);
        var ids = Enumerable.Range(0, length).Select(_ => random.Next(Values)).ToArray();
        var place = length - 1 - distance;
        var needle = 1 + random.Next(Values - 1); // never 0, which logits that are all alike would name
        (ids[place - 1], ids[place], ids[^1]) = (Mark, needle, Question);
        return (ids, needle);
    }

    private static void Set(Tensor matrix, int row, int column, float value) => matrix.Span<float>()[(row * (int)matrix.Shape[1]) + column] = value;
}
