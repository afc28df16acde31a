using Puna.Tensors;

namespace Puna.Models;

/// <summary>A loaded network's weights, as if they were read from a folder: so what writes files needs only one kind of source.</summary>
public sealed class NetworkWeights : StoredWeights
{
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, Parameter> _parameters;

    /// <summary>The weights of a network in Float32 or Float64.</summary>
    /// <param name="network">It must not change meanwhile.</param>
    /// <param name="name">What errors call it.</param>
    public NetworkWeights(LanguageNetwork network, string name = "the model")
    {
        Path = name;
        _parameters = network.Parameters.ToDictionary(parameter => parameter.Name);
        foreach (var (key, parameter) in _parameters)
        {
            var shape = parameter.StoredShape;
            _tensors.Add(key, new StoredTensor(key, TensorConversion.NameOf(parameter.Tensor.DType), [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])], parameter.Tensor.Bytes));
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public override unsafe void CopyTo(string name, Tensor destination)
    {
        var stored = Find(name, destination.Shape);
        var parameter = _parameters[name];
        var source = parameter.IsStoredTransposed ? Transposition.Of(parameter.Tensor) : parameter.Tensor;
        if (!TensorConversion.TryConvert(stored.Type, (byte*)source.Data, destination)) throw new InvalidDataException($"{Path}: tensor '{name}' of type {stored.Type} cannot become {destination.DType}");
        GC.KeepAlive(source);
    }

    /// <inheritdoc/>
    public override unsafe BlockMatrix Matrix(string name)
    {
        var (rows, columns) = MatrixShape(name);
        var parameter = _parameters[name];
        return parameter.IsStoredTransposed || parameter.Tensor.DType != DType.Float32 ? base.Matrix(name) : new BlockMatrix(BlockFormat.ByName("F32"), rows, columns, parameter.Tensor.Data, parameter.Tensor);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
