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
    private const int RowsPerMatrix = 4;

    /// <summary>
    /// SHA-256 of the configuration and of evenly spaced numbers of every tensor, or rows of every matrix: any training, merging or other rounding changes it, and it costs a fraction of
    /// a second for a network of any size.
    /// </summary>
    public static string Identify(LanguageNetwork network) => Identify(network.Config, network.Parameters.Select(parameter =>
        ($"{parameter.Name} {parameter.Tensor.DType} {parameter.Tensor.Shape}", (Action<IncrementalHash>)(hash => Add(hash, parameter.Tensor)))));

    /// <summary>The same of matrices as their file has them, by rows.</summary>
    public static string Identify(IModelConfig config, IEnumerable<(string Name, BlockMatrix Matrix)> matrices) => Identify(config, matrices.Select(named =>
        ($"{named.Name} {named.Matrix.Format.Name} {named.Matrix.Rows} {named.Matrix.Columns}", (Action<IncrementalHash>)(hash => Add(hash, named.Matrix)))));

    private static string Identify(IModelConfig config, IEnumerable<(string Description, Action<IncrementalHash> Add)> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Line(string.Create(CultureInfo.InvariantCulture, $"{config}"));
        foreach (var (description, add) in weights)
        {
            Line(description);
            add(hash);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Line(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static void Add(IncrementalHash hash, BlockMatrix matrix)
    {
        for (var i = 0; i < RowsPerMatrix; i++) hash.AppendData(matrix.RowData((int)((long)i * (matrix.Rows - 1) / (RowsPerMatrix - 1))));
    }

    private static unsafe void Add(IncrementalHash hash, Tensor tensor)
    {
        var unit = (int)Math.Min(tensor.Bytes, sizeof(float));
        var units = tensor.Bytes / unit;
        var count = (int)Math.Min(NumbersPerTensor, units);
        for (var i = 0; i < count; i++) hash.AppendData(new ReadOnlySpan<byte>((byte*)tensor.Data + ((long)((Int128)i * units / count) * unit), unit));
        GC.KeepAlive(tensor);
    }
}
