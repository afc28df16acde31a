using Puna.Tensors;

namespace Puna.Models;

/// <summary>Cosines and sines of position · frequency, computed in double, for as many positions as were asked for so far.</summary>
public sealed class RopeTable
{
    private readonly DType _type;

    /// <summary>An empty table.</summary>
    public RopeTable(LlamaConfig config, DType type)
    {
        _type = type;
        InverseFrequencies = Frequencies(config);
        (Cosine, Sine) = (new Tensor(type, new Shape(0, InverseFrequencies.Length)), new Tensor(type, new Shape(0, InverseFrequencies.Length)));
    }

    /// <summary>Radians per position of each pair, after scaling: θ^(−2i/D), [D/2].</summary>
    public double[] InverseFrequencies { get; }

    /// <summary>[positions, D/2].</summary>
    public Tensor Cosine { get; private set; }

    /// <summary>[positions, D/2].</summary>
    public Tensor Sine { get; private set; }

    /// <summary>The frequencies of a configuration.</summary>
    public static double[] Frequencies(LlamaConfig config)
    {
        var frequencies = new double[config.HeadSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var plain = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
            frequencies[i] = config.RopeScaling?.Scale(plain, i) ?? plain;
        }
        return frequencies;
    }

    /// <summary>Makes the tables at least so long.</summary>
    public void Ensure(int positions)
    {
        if (Cosine.Shape[0] >= positions) return;
        var length = Math.Max(positions, (int)Math.Min(int.MaxValue, Cosine.Shape[0] * 2));
        var half = InverseFrequencies.Length;
        var (cosine, sine) = (new Tensor(_type, new Shape(length, half)), new Tensor(_type, new Shape(length, half)));
        for (var p = 0; p < length; p++)
        {
            for (var i = 0; i < half; i++)
            {
                var (s, c) = Math.SinCos(p * InverseFrequencies[i]);
                Set(cosine, ((long)p * half) + i, c);
                Set(sine, ((long)p * half) + i, s);
            }
        }
        (Cosine, Sine) = (cosine, sine);
    }

    private static unsafe void Set(Tensor tensor, long index, double value)
    {
        if (tensor.DType == DType.Float64) tensor.Pointer<double>()[index] = value;
        else tensor.Pointer<float>()[index] = (float)value;
    }
}
