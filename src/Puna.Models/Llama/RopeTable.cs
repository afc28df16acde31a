using Puna.Tensors;

namespace Puna.Models;

/// <summary>Cosines and sines of position · frequency, computed in double, for as many positions as were asked for so far.</summary>
public sealed class RopeTable
{
    private readonly DType _type;
    private readonly LlamaConfig _config;
    private int _madeFor; // a length beyond the limit; 0 for all up to it

    /// <summary>An empty table.</summary>
    public RopeTable(LlamaConfig config, DType type)
    {
        (_config, _type) = (config, type);
        InverseFrequencies = Frequencies(config);
        (Cosine, Sine) = (new Tensor(type, new Shape(0, InverseFrequencies.Length)), new Tensor(type, new Shape(0, InverseFrequencies.Length)));
    }

    /// <summary>Radians per position of each pair, after scaling: θ^(−2i/D), [D/2].</summary>
    public double[] InverseFrequencies { get; private set; }

    /// <summary>[positions, D/2].</summary>
    public Tensor Cosine { get; private set; }

    /// <summary>[positions, D/2].</summary>
    public Tensor Sine { get; private set; }

    /// <summary>The frequencies of a configuration for a sequence of so many positions.</summary>
    public static double[] Frequencies(LlamaConfig config, int positions = 0) =>
        config.RopeScaling?.Frequencies(config.RopeTheta, config.HeadSize, positions) ?? RopeScaling.Plain(config.RopeTheta, config.HeadSize);

    /// <summary>
    /// Makes the tables at least so long. Where the frequencies depend on the length beyond a limit, they are made anew for each such length, so that a
    /// sequence's numbers do not depend on what was computed before it. Keys that a cache holds already keep the turn they were given.
    /// </summary>
    public void Ensure(int positions)
    {
        var limit = _config.RopeScaling?.FixedLength ?? int.MaxValue;
        var wanted = positions > limit ? positions : 0;
        if (wanted == _madeFor && Cosine.Shape[0] >= positions) return;
        if (wanted != _madeFor) (InverseFrequencies, _madeFor) = (Frequencies(_config, wanted), wanted);
        var length = wanted > 0 ? positions : (int)Math.Min(limit, Math.Max(positions, Cosine.Shape[0] * 2));
        var (half, magnitude) = (InverseFrequencies.Length, _config.RopeScaling?.Magnitude ?? 1);
        var (cosine, sine) = (new Tensor(_type, new Shape(length, half)), new Tensor(_type, new Shape(length, half)));
        for (var p = 0; p < length; p++)
        {
            for (var i = 0; i < half; i++)
            {
                var (s, c) = Math.SinCos(p * InverseFrequencies[i]);
                Set(cosine, ((long)p * half) + i, c * magnitude);
                Set(sine, ((long)p * half) + i, s * magnitude);
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
