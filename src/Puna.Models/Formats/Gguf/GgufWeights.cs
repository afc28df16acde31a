using Puna.Tensors;

namespace Puna.Models;

/// <summary>A network's weights from and to GGUF tensors: names, the order of rotary rows, and types.</summary>
public static class GgufWeights
{
    /// <summary>Compares every size of a configuration with the file, so that no memory is taken for sizes that it only claims.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    public static void Require(GgufFile file, LlamaConfig config)
    {
        foreach (var (name, rows, columns) in Architecture.Of(config).Required(config)) Required(file, GgufNames.ToGguf(name)!, [rows, columns]);
    }

    /// <summary>Fills a network's parameters, dequantised; each must be there in its shape, and nothing may be left over that would be needed.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape or of a type that this build does not read, or unknown to the network.</exception>
    public static void CopyTo(GgufFile file, LanguageNetwork network)
    {
        var known = new HashSet<string>();
        foreach (var parameter in network.Parameters)
        {
            var shape = Enumerable.Range(0, parameter.Tensor.Shape.Rank).Select(i => parameter.Tensor.Shape[i]).ToArray();
            var tensor = Required(file, GgufNames.ToGguf(parameter.Name) ?? throw new ArgumentException($"{parameter.Name} has no name in GGUF"), shape);
            known.Add(tensor.Name);
            Copy(file, tensor, parameter.Tensor, network.Config.HeadSize);
        }
        foreach (var tensor in file.Tensors)
        {
            if (!known.Contains(tensor.Name) && tensor.Name != GgufNames.RopeFactors)
                throw new InvalidDataException($"gguf: {file.Path} has tensor '{tensor.Name}', which belongs to no part of a llama as this build runs it");
        }
    }

    /// <summary>The tensors of a network as a file wants them.</summary>
    /// <param name="network">A Llama in Float32.</param>
    /// <param name="typeOf">The type of a tensor, by GGUF's name and row length.</param>
    public static IEnumerable<GgufTensorSource> Sources(LanguageNetwork network, Func<string, long, GgmlType> typeOf)
    {
        foreach (var parameter in network.Parameters)
        {
            var name = GgufNames.ToGguf(parameter.Name) ?? throw new ArgumentException($"{parameter.Name} has no name in GGUF");
            var (tensor, head) = (parameter.Tensor, network.Config.HeadSize);
            yield return new GgufTensorSource(name, typeOf(name, tensor.Shape.Columns), tensor.Shape, () => RotaryRows.Applies(name) ? Interleaved(tensor, head) : tensor);
        }
        if (network.Config is LlamaConfig llama && GgufConfig.RopeFactors(llama) is { } factors)
            yield return new GgufTensorSource(GgufNames.RopeFactors, GgmlType.ByName("F32"), new Shape(factors.Length), () => Vector(factors));
    }

    private static GgufTensor Required(GgufFile file, string name, long[] shape)
    {
        var tensor = file.Find(name) ?? throw new InvalidDataException($"gguf: {file.Path} has no tensor '{name}'; one of shape [{string.Join(", ", shape)}] was expected");
        return tensor.Shape.SequenceEqual(shape)
            ? tensor
            : throw new InvalidDataException($"gguf: {file.Path} has tensor '{name}' of shape [{string.Join(", ", tensor.Shape)}]; by its metadata [{string.Join(", ", shape)}] was expected");
    }

    private static unsafe void Copy(GgufFile file, GgufTensor source, Tensor destination, int head)
    {
        var (columns, isRotary) = ((int)source.Columns, RotaryRows.Applies(source.Name));
        var buffer = destination.DType == DType.Float64 ? new float[columns] : null;
        for (var row = 0L; row < source.Rows; row++)
        {
            var at = (isRotary ? RotaryRows.FromInterleaved(row, head) : row) * columns;
            var values = buffer ?? new Span<float>(destination.Pointer<float>() + at, columns);
            file.ReadRow(source, row, values);
            if (buffer is null) continue;
            for (var i = 0; i < columns; i++) destination.Pointer<double>()[at + i] = buffer[i];
        }
        GC.KeepAlive(destination);
    }

    private static unsafe Tensor Interleaved(Tensor matrix, int head)
    {
        var moved = new Tensor(DType.Float32, matrix.Shape);
        var columns = matrix.Shape.Columns;
        for (var row = 0L; row < matrix.Shape.Rows; row++)
        {
            var from = matrix.Pointer<float>() + (RotaryRows.FromInterleaved(row, head) * columns);
            new Span<float>(from, (int)columns).CopyTo(new Span<float>(moved.Pointer<float>() + (row * columns), (int)columns));
        }
        return moved;
    }

    private static Tensor Vector(float[] values)
    {
        var tensor = new Tensor(DType.Float32, new Shape(values.Length));
        values.CopyTo(tensor.Span<float>());
        return tensor;
    }
}
