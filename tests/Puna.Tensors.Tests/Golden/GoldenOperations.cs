using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// How each file of tests/golden/ops is computed with our operations. The files hold [B, H, T, D]; our rows are tokens,
/// so tensors of rank four are transposed to [B·T, H·D] on the way in.
/// </summary>
internal sealed class GoldenOperations(SafetensorsFile file, Bench bench)
{
    /// <summary>The inputs whose gradients the file has, by name.</summary>
    public Dictionary<string, Tensor> Inputs { get; } = [];

    /// <summary>What the gradient of the output is multiplied by elsewhere: the fused loss can only start from 1.</summary>
    public double FusedScale { get; private set; } = 1;

    /// <summary>Numbers of the file, rank four as token-major rows.</summary>
    public double[] Values(string name)
    {
        var values = file.Doubles(name);
        return file.Shape(name) is [var b, var h, var t, var d] ? Transpose(values, b, h, t, d) : values;
    }

    public Tensor Run(string name) => name switch
    {
        _ when name.StartsWith("rms_norm", StringComparison.Ordinal) => RmsNorm.Apply(bench.Tape, Input("x"), Input("w"), file.Doubles("eps")[0]),
        _ when name.StartsWith("rope", StringComparison.Ordinal) => RunRope(name.Contains("interleaved", StringComparison.Ordinal) ? RopeLayout.Interleaved : RopeLayout.Half),
        _ when name.StartsWith("attention", StringComparison.Ordinal) => RunAttention(name["attention_".Length..]),
        "linear" => Linear.Apply(bench.Tape, Input("x"), Input("w")),
        "embedding" => Embedding.Apply(bench.Tape, Input("w"), Bench.Integers(file.Integers("ids"))),
        "swiglu" => SwiGlu.Apply(bench.Tape, Input("gate"), Input("up")),
        "softmax" => Softmax.Apply(bench.Tape, Input("x")),
        "log_prob" => LogProb.Apply(bench.Tape, Input("logits"), Labels()),
        "cross_entropy" => CrossEntropy.Apply(bench.Tape, Input("logits"), Labels()).Loss,
        "linear_cross_entropy" => RunFused(),
        "feed_forward" => RunFeedForward(),
        _ => throw new NotSupportedException($"no test computes the golden operation {name}"),
    };

    private Tensor RunFused()
    {
        FusedScale = file.Doubles("dy")[0];
        return LinearCrossEntropy.Apply(bench.Tape, Input("x"), Input("w"), Labels()).Loss;
    }

    private Tensor RunFeedForward()
    {
        var x = Input("x");
        var gate = Linear.Apply(bench.Tape, x, Input("w1"));
        return Linear.Apply(bench.Tape, SwiGlu.Apply(bench.Tape, gate, Linear.Apply(bench.Tape, x, Input("w3"))), Input("w2"));
    }

    private Tensor RunRope(RopeLayout layout)
    {
        var positions = file.Integers("positions");
        var frequencies = file.Doubles("inverse_frequencies");
        var (rows, half) = (positions.Max() + 1, frequencies.Length);
        var cosine = new double[rows * half];
        var sine = new double[rows * half];
        for (var i = 0; i < cosine.Length; i++) (sine[i], cosine[i]) = Math.SinCos(i / half * frequencies[i % half]);
        var shape = new Shape(rows, half);
        return Rope.Apply(bench.Tape, Input("x"), Bench.Integers(positions), bench.Constant(cosine, shape), bench.Constant(sine, shape), 2 * half, layout);
    }

    private Tensor RunAttention(string name)
    {
        var (q, k) = (file.Shape("q"), file.Shape("k"));
        var shape = new AttentionShape((int)q[0], (int)q[1], (int)k[1], (int)q[3], name != "full", name.EndsWith("window4", StringComparison.Ordinal) ? 4 : 0);
        return Attention.Apply(bench.Tape, Input("q"), Input("k"), Input("v"), shape, name.EndsWith("documents", StringComparison.Ordinal) ? Documents() : null);
    }

    /// <summary>Under a causal mask the first key that a token sees names its document.</summary>
    private Tensor Documents()
    {
        var mask = file.Booleans("mask");
        var keys = (int)file.Shape("mask")[2];
        var documents = new int[mask.Length / keys];
        for (var row = 0; row < documents.Length; row++) documents[row] = Array.IndexOf(mask, true, row * keys) - (row * keys);
        return Bench.Integers(documents);
    }

    private Tensor Labels() => Bench.Integers(file.Integers("labels"));

    private Tensor Input(string name)
    {
        var dimensions = file.Shape(name);
        var shape = dimensions is [var b, var h, var t, var d] ? new Shape(b * t, h * d) : Shape.From(dimensions);
        var tensor = bench.Leaf(Values(name), shape);
        Inputs.Add(name, tensor);
        return tensor;
    }

    private static double[] Transpose(double[] values, long batch, long heads, long tokens, long size)
    {
        var result = new double[values.Length];
        for (var i = 0L; i < values.Length; i++)
        {
            var (b, h, t, d) = (i / size / tokens / heads, i / size / tokens % heads, i / size % tokens, i % size);
            result[(((((b * tokens) + t) * heads) + h) * size) + d] = values[i];
        }
        return result;
    }
}
