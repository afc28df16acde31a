using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Two layers that use every operation: what determinism and the managed heap are watched on.</summary>
internal sealed class SmallNetwork
{
    private const int Vocabulary = 61, Width = 48, Heads = 4, KeyHeads = 2, Size = 12, Hidden = 70, Batch = 2, Length = 70;

    private readonly List<Tensor> _parameters = [];
    private readonly Tensor _ids = Bench.Integers(Numbers.Below(Vocabulary, Batch * Length, 1));
    private readonly Tensor _labels = Bench.Integers(Numbers.Below(Vocabulary, Batch * Length, 2));
    private readonly Tensor _positions = Bench.Integers([.. Enumerable.Range(0, Batch * Length).Select(i => i % Length)]);
    private readonly Tensor _documents = Bench.Integers([.. Enumerable.Range(0, Batch * Length).Select(i => i % Length / 40)]);
    private readonly Tensor _cosine, _sine, _table, _final, _head;
    private readonly Layer[] _layers;
    private readonly AdamWTensor[] _tensors;
    private readonly Tensor[] _gradients;

    public SmallNetwork(Bench bench)
    {
        var angles = Enumerable.Range(0, Length * Size / 2).Select(i => i / (Size / 2) * Math.Pow(100, -(i % (Size / 2)) / 6.0));
        _cosine = bench.Constant([.. angles.Select(Math.Cos)], new Shape(Length, Size / 2));
        _sine = bench.Constant([.. angles.Select(Math.Sin)], new Shape(Length, Size / 2));
        Tensor Parameter(params long[] shape)
        {
            var made = bench.Leaf([.. Numbers.Normal(Shape.From(shape).Count, (ulong)_parameters.Count).Select(x => x * 0.1)], Shape.From(shape));
            made.Gradient = new Tensor(made.DType, made.Shape);
            _parameters.Add(made);
            return made;
        }
        _table = Parameter(Vocabulary, Width);
        _layers = [.. Enumerable.Range(0, 2).Select(_ => new Layer(
            Parameter(Width), Parameter(Heads * Size, Width), Parameter(KeyHeads * Size, Width), Parameter(KeyHeads * Size, Width), Parameter(KeyHeads * Size), Parameter(Width, Heads * Size),
            Parameter(Width), Parameter(Width), Parameter(Hidden, Width), Parameter(Hidden, Width), Parameter(Width, Hidden)))];
        _final = Parameter(Width);
        _head = Parameter(Vocabulary, Width);
        _tensors = [.. _parameters.Select(made => new AdamWTensor(made, new Tensor(made.DType, made.Shape), new Tensor(made.DType, made.Shape), 0.1))];
        _gradients = new Tensor[_parameters.Count];
    }

    public IReadOnlyList<Tensor> Parameters => _parameters;

    /// <summary>Forward, backward and AdamW; returns the loss.</summary>
    public double Step(Bench bench, int step, Precision precision = Precision.Float32)
    {
        var tape = bench.Tape;
        tape.Reset();
        tape.Precision = precision;
        for (var i = 0; i < _parameters.Count; i++) _parameters[i].Gradient!.Clear();
        var x = Embedding.Apply(tape, _table, _ids);
        for (var i = 0; i < _layers.Length; i++) x = Forward(tape, _layers[i], x, new DropoutKey(3, step, 0, i));
        x = RmsNorm.Apply(tape, x, _final, 1e-5);
        // the losses: fused, plain and per token, so that all of them are seen
        var logits = Linear.Apply(tape, x, _head);
        var plain = CrossEntropy.Apply(tape, logits, _labels).Loss;
        var perToken = LogProb.Apply(tape, Softmax.Apply(tape, logits), _labels);
        var fused = LinearCrossEntropy.Apply(tape, x, _head, _labels).Loss;
        plain.Gradient = One(tape, plain);
        perToken.Gradient = One(tape, perToken);
        tape.Backward(fused);
        for (var i = 0; i < _gradients.Length; i++) _gradients[i] = _parameters[i].Gradient!;
        var norm = SquaredNorm.Of(bench.Device, _gradients);
        AdamWUpdate.Apply(bench.Device, new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 1 / Math.Max(1, Math.Sqrt(norm)), step), _tensors);
        return fused.DType == DType.Float64 ? fused.Span<double>()[0] : fused.Span<float>()[0];
    }

    private Tensor Forward(Tape tape, in Layer layer, Tensor x, DropoutKey key)
    {
        var normal = RmsNorm.Apply(tape, x, layer.Norm, 1e-5);
        var q = Rope.Apply(tape, Linear.Apply(tape, normal, layer.Q), _positions, _cosine, _sine, Size, RopeLayout.Half);
        var k = Rope.Apply(tape, Linear.Apply(tape, normal, layer.K), _positions, _cosine, _sine, Size, RopeLayout.Interleaved);
        var v = Linear.Apply(tape, normal, layer.V, layer.VBias);
        var attended = Attention.Apply(tape, q, k, v, new AttentionShape(Batch, Heads, KeyHeads, Size), _documents);
        x = Add.Apply(tape, x, Dropout.Apply(tape, Linear.Apply(tape, attended, layer.Out), 0.1, key));
        var second = LayerNorm.Apply(tape, x, layer.NormWeight, layer.NormBias, 1e-5);
        var gated = SwiGlu.Apply(tape, Linear.Apply(tape, second, layer.Gate), Gelu.Apply(tape, Linear.Apply(tape, second, layer.Up)));
        return Add.Apply(tape, x, Linear.Apply(tape, gated, layer.Down));
    }

    private static Tensor One(Tape tape, Tensor like)
    {
        var gradient = tape.Arena.Allocate(like.DType, like.Shape);
        if (like.DType == DType.Float64) gradient.Span<double>().Fill(0.01);
        else gradient.Span<float>().Fill(0.01f);
        return gradient;
    }

    private readonly record struct Layer(Tensor Norm, Tensor Q, Tensor K, Tensor V, Tensor VBias, Tensor Out, Tensor NormWeight, Tensor NormBias, Tensor Gate, Tensor Up, Tensor Down);
}
