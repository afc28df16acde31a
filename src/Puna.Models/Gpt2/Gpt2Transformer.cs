using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// The GPT-2 network: embeddings of tokens plus learned embeddings of positions, L blocks, a final norm, and the output projection, which is the embedding
/// table unless untied. Serves training and inference as the Llama does. B sequences, T tokens, C hidden size, V vocabulary, P positions.
/// </summary>
public sealed class Gpt2Transformer : LanguageNetwork
{
    /// <summary>A network with weights of zero; call <see cref="Initialize"/> or load a checkpoint.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <exception cref="InvalidDataException">The configuration is inconsistent.</exception>
    /// <exception cref="InsufficientMemoryException">The weights do not fit in memory.</exception>
    public Gpt2Transformer(Gpt2Config config, DType type = DType.Float32)
    {
        Config = config.Validate();
        var parameters = new ParameterFactory(type);
        TokenEmbeddings = parameters.Matrix("transformer.wte.weight", config.VocabularySize, config.HiddenSize);
        PositionEmbeddings = parameters.Matrix("transformer.wpe.weight", config.ContextLength, config.HiddenSize);
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new Gpt2Block(config, layer, parameters))];
        Norm = new Gpt2Norm("transformer.ln_f", config, parameters);
        Output = config.TieWordEmbeddings ? TokenEmbeddings : parameters.Matrix("lm_head.weight", config.VocabularySize, config.HiddenSize);
        Parameters = parameters.All;
    }

    /// <inheritdoc/>
    public override Gpt2Config Config { get; }

    /// <summary>[V, C] (wte).</summary>
    public Tensor TokenEmbeddings { get; }

    /// <summary>[P, C] (wpe).</summary>
    public Tensor PositionEmbeddings { get; }

    /// <summary>The blocks (h).</summary>
    public IReadOnlyList<Gpt2Block> Layers { get; }

    /// <summary>ln_f.</summary>
    public Gpt2Norm Norm { get; }

    /// <inheritdoc/>
    public override Tensor Output { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// Fresh weights: norms 1, biases 0, matrices normal(0, initializer_range), those that write to the residual stream (c_proj) with 1/√(2L) of that:
    /// the report's 1/√N for N residual layers, two a block.
    /// </summary>
    public override void Initialize(ulong seed)
    {
        var stream = 0ul;
        foreach (var parameter in Parameters)
        {
            stream++;
            if (parameter.Tensor.Shape.Rank == 1)
            {
                var constant = parameter.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1;
                parameter.Tensor.Fill(() => constant);
                continue;
            }
            var residual = parameter.Name.EndsWith("c_proj.weight", StringComparison.Ordinal);
            var deviation = Config.InitializerRange * (residual ? 1 / Math.Sqrt(2.0 * Config.LayerCount) : 1);
            FreshWeights.Normal(parameter.Tensor, seed, stream, deviation);
        }
    }

    /// <summary>The final hidden states, normalised, [B·T, C].</summary>
    /// <exception cref="ArgumentException">A cache with more than one sequence, or while recording.</exception>
    /// <exception cref="InvalidDataException">A position beyond the table of positions.</exception>
    public override Tensor Forward(Tape tape, ForwardInput input)
    {
        if (input.Cache is not null && (input.Batch != 1 || tape.Recording)) throw new ArgumentException("a cache serves one sequence, and inference only");
        foreach (var position in input.Positions.Span<int>())
        {
            if (position >= Config.ContextLength) throw new InvalidDataException($"the sequence has a token at position {position}; this gpt2 has learned {Config.ContextLength} positions, from 0: shorten the sequence");
        }
        var embedded = Add.Apply(tape, Embedding.Apply(tape, TokenEmbeddings, input.Ids), Embedding.Apply(tape, PositionEmbeddings, input.Positions));
        var x = DropoutPlan.Apply(input.Dropout, tape, embedded, 0);
        input.HiddenStates?.Add(x);
        foreach (var layer in Layers) x = Advance(tape, layer, x, input);
        input.Cache?.Advance((int)(input.Ids.Count / input.Batch));
        return Norm.Forward(tape, x);
    }

    /// <summary>Without a gradient to compute, a layer's intermediate results are given back as soon as it is done.</summary>
    private static Tensor Advance(Tape tape, Gpt2Block layer, Tensor x, ForwardInput input)
    {
        if (tape.Recording && input.RecomputesBlocks) return tape.Checkpoint(x, y => layer.Forward(tape, y, input));
        if (tape.Recording || input.HiddenStates is not null)
        {
            var (h, fed) = tape.Segment((layer, tape, x, input), s => s.layer.Forward(s.tape, s.x, s.input));
            var y = Add.Apply(tape, h, fed);
            input.HiddenStates?.Add(y);
            return y;
        }
        var mark = tape.Arena.Set();
        var (stream, added) = layer.Forward(tape, x, input);
        tape.AddTo(x, stream, added);
        tape.Arena.Release(mark);
        return x;
    }
}
