using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// The Llama network: embeddings, L blocks, a final norm and the output projection. One definition serves training (with a
/// recording tape) and inference (without, optionally with a <see cref="KvCache"/>). B sequences, T tokens, C hidden size, V vocabulary.
/// </summary>
public sealed class Transformer : LanguageNetwork
{
    private readonly RopeTable _rope;

    /// <summary>A network with weights of zero; call <see cref="Initialize"/> or load a checkpoint.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <exception cref="InvalidDataException">The configuration is inconsistent.</exception>
    /// <exception cref="InsufficientMemoryException">The weights do not fit in memory.</exception>
    public Transformer(LlamaConfig config, DType type = DType.Float32)
    {
        Config = config.Validate();
        _rope = new RopeTable(config, type);
        var parameters = new ParameterFactory(type);
        TokenEmbeddings = parameters.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new TransformerBlock(config, _rope, layer, parameters))];
        Norm = parameters.Vector("model.norm.weight", config.HiddenSize);
        Output = config.TieWordEmbeddings ? TokenEmbeddings : parameters.Matrix("lm_head.weight", config.VocabularySize, config.HiddenSize);
        Parameters = parameters.All;
    }

    /// <summary>Sizes.</summary>
    public override LlamaConfig Config { get; }

    /// <summary>[V, C] (HF embed_tokens, Meta tok_embeddings).</summary>
    public Tensor TokenEmbeddings { get; }

    /// <summary>The blocks.</summary>
    public IReadOnlyList<TransformerBlock> Layers { get; }

    /// <summary>[C].</summary>
    public Tensor Norm { get; }

    /// <summary>[V, C] (HF lm_head, Meta output); the embeddings themselves where tied.</summary>
    public override Tensor Output { get; }

    /// <summary>All weights by name, tied ones once.</summary>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Radians per position of each rotary pair, after scaling, [D/2].</summary>
    public IReadOnlyList<double> InverseFrequencies => _rope.InverseFrequencies;

    /// <summary>
    /// Fresh weights: norms 1, matrices normal(0, initializer_range), those that write to the residual stream (Output, Down) with
    /// 1/√(2L) of that, so that its variance does not grow with depth (GPT-2; llama2.c does the same for its w3).
    /// </summary>
    public override void Initialize(ulong seed)
    {
        var stream = 0ul;
        foreach (var parameter in Parameters) InitializeTensor((LlamaConfig)Config, parameter.Name, parameter.Tensor, seed, ++stream);
    }

    /// <summary>Fresh weights for one tensor.</summary>
    internal static void InitializeTensor(LlamaConfig config, string name, Tensor tensor, ulong seed, ulong stream)
    {
        var residual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        if (tensor.Shape.Rank == 1) tensor.Fill(() => 1);
        else FreshWeights.Normal(tensor, seed, stream, config.InitializerRange * (residual ? 1 / Math.Sqrt(2.0 * config.LayerCount) : 1));
    }

    /// <summary>The final hidden states, normalised, [B·T, C].</summary>
    /// <exception cref="ArgumentException">A cache with more than one sequence.</exception>
    public override Tensor Forward(Tape tape, ForwardInput input)
    {
        if (input.Cache is not null && (input.Batch != 1 || tape.Recording)) throw new ArgumentException("a cache serves one sequence, and inference only");
        var last = 0;
        foreach (var position in input.Positions.Span<int>()) last = Math.Max(last, position);
        _rope.Ensure(last + 1);
        var x = DropoutPlan.Apply(input.Dropout, tape, Embedding.Apply(tape, TokenEmbeddings, input.Ids), 0);
        input.Trace?.Invoke("tok_embeddings", x);
        input.HiddenStates?.Add(x);
        Tensor? branch = null;
        foreach (var layer in Layers) (x, branch) = Advance(tape, layer, x, branch, input);
        input.Cache?.Advance((int)(input.Ids.Count / input.Batch));
        var normalized = branch is null ? RmsNorm.Apply(tape, x, Norm, Config.RmsNormEpsilon, forProducts: true) : AddRmsNorm.Apply(tape, x, branch, Norm, Config.RmsNormEpsilon, forProducts: true).Normalized;
        input.Trace?.Invoke("norm", normalized);
        return normalized;
    }

    /// <summary>Without a gradient to compute, or where it is to be computed from the layer's input again, a layer's intermediate results are given back as soon as it is done.</summary>
    private static (Tensor Stream, Tensor? Branch) Advance(Tape tape, TransformerBlock layer, Tensor x, Tensor? branch, ForwardInput input)
    {
        if (tape.Recording && input.RecomputesBlocks) return (tape.Checkpoint(x, y => layer.Forward(tape, y, null, input)), null);
        if (input.HiddenStates is not null)
        {
            var (h, fed) = layer.Forward(tape, x, null, input);
            var y = Add.Apply(tape, h, fed);
            input.HiddenStates.Add(y);
            return (y, null);
        }
        if (tape.Recording) return tape.Segment((layer, tape, x, branch, input), s => s.layer.Forward(s.tape, s.x, s.branch, s.input));
        var mark = tape.Arena.Set();
        var (stream, added) = layer.Forward(tape, x, null, input);
        tape.AddTo(x, stream, added);
        tape.Arena.Release(mark);
        return (x, null);
    }
}
