using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>A short name for a network's weights, by which a saved cache knows its model again.</summary>
internal static class WeightSample
{
    private const int NumbersPerTensor = 256;

    /// <summary>
    /// SHA-256 of the configuration and of evenly spaced numbers of every tensor: any training, merging or other rounding changes it, and it costs a fraction of
    /// a second for a network of any size.
    /// </summary>
    public static string Identify(LanguageNetwork network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(string.Create(CultureInfo.InvariantCulture, $"{network.Config}"));
        foreach (var parameter in network.Parameters)
        {
            Add($"{parameter.Name} {parameter.Tensor.DType} {parameter.Tensor.Shape}");
            hash.AppendData(Sample(parameter.Tensor));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static unsafe byte[] Sample(Tensor tensor)
    {
        var unit = (int)Math.Min(tensor.Bytes, sizeof(float));
        var units = tensor.Bytes / unit;
        var count = (int)Math.Min(NumbersPerTensor, units);
        var sample = new byte[count * unit];
        for (var i = 0; i < count; i++)
        {
            var from = (byte*)tensor.Data + ((long)((Int128)i * units / count) * unit);
            new ReadOnlySpan<byte>(from, unit).CopyTo(sample.AsSpan(i * unit));
        }
        GC.KeepAlive(tensor);
        return sample;
    }
}
