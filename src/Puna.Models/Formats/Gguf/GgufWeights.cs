using Puna.Tensors;

namespace Puna.Models;

/// <summary>A GGUF file's tensors as weights: names, the order of rotary rows, and blocks turned into numbers.</summary>
public sealed unsafe class GgufWeights : StoredWeights
{
    private readonly GgufFile _file;
    private readonly LlamaConfig _config;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, GgufTensor> _stored = [];

    /// <summary>The weights of an open file.</summary>
    /// <param name="file">Is closed with this object.</param>
    /// <param name="config">What the file says of its sizes.</param>
    public GgufWeights(GgufFile file, LlamaConfig config)
    {
        (_file, _config) = (file, config);
        foreach (var tensor in file.Tensors)
        {
            if (tensor.Name == GgufNames.RopeFactors) continue; // part of the configuration
            var name = GgufNames.ToHuggingFace(tensor.Name) ?? tensor.Name;
            if (_tensors.ContainsKey(name)) throw new InvalidDataException($"gguf: {file.Path} holds '{name}' under two names");
            _tensors.Add(name, new StoredTensor(name, tensor.Type.Name, tensor.Shape, tensor.Bytes));
            _stored.Add(name, tensor);
        }
    }

    /// <inheritdoc/>
    public override string Path => _file.Path;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        Find(name, destination.Shape);
        var source = _stored[name];
        var (columns, heads) = ((int)source.Columns, RotaryLayout.HeadsOf(_config, name));
        var buffer = destination.DType == DType.Float32 ? null : new float[columns];
        for (var row = 0L; row < source.Rows; row++)
        {
            _file.ReadRow(source, row, buffer ?? new Span<float>(destination.Pointer<float>() + (row * columns), columns));
            if (buffer is null) continue;
            fixed (float* values = buffer)
            {
                if (!TensorConversion.TryConvert("F32", (byte*)values, destination, row * columns, columns)) throw new InvalidDataException($"gguf: {Path}: tensor '{name}' of type {source.Type.Name} cannot become {destination.DType}");
            }
        }
        _file.Forget(source);
        if (heads > 0) RotaryLayout.ToHalves(destination, heads);
        GC.KeepAlive(destination);
    }

    /// <inheritdoc/>
    public override BlockMatrix Matrix(string name)
    {
        var (rows, columns) = MatrixShape(name);
        var source = _stored[name];
        if (!BlockMatrix.HasProducts(_file.FormatOf(source))) return base.Matrix(name);
        return new BlockMatrix(_file.FormatOf(source), rows, columns, _file.Data(source), this, RotaryLayout.HeadsOf(_config, name));
    }

    /// <inheritdoc/>
    public override void Forget(string name) => _file.Forget(_stored[name]);

    /// <summary>The tensors of a model as a file wants them.</summary>
    /// <param name="weights">The model's, in Hugging Face's names.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="typeOf">The type of a tensor, by GGUF's name and row length.</param>
    /// <exception cref="InvalidDataException">A tensor has no place in such files.</exception>
    public static IEnumerable<GgufTensorSource> Sources(StoredWeights weights, LlamaConfig config, Func<string, long, GgmlType> typeOf)
    {
        foreach (var stored in weights.Tensors.Values)
        {
            if (Architecture.Of(config).Ignores(config, stored.Name)) continue;
            var name = GgufNames.ToGguf(stored.Name) ?? throw new InvalidDataException($"{weights.Path}: tensor '{stored.Name}' has no name in GGUF");
            var shape = Shape.From([.. stored.Shape]);
            yield return new GgufTensorSource(name, typeOf(name, shape.Columns), shape, () =>
            {
                var tensor = weights.Read(stored.Name, DType.Float32);
                if (RotaryLayout.HeadsOf(config, stored.Name) is var heads and > 0) RotaryLayout.ToNeighbours(tensor, heads);
                return tensor;
            })
            {
                IsTemporary = true,
            };
        }
        if (GgufConfig.RopeFactors(config) is not { } factors) yield break;
        yield return new GgufTensorSource(GgufNames.RopeFactors, GgmlType.ByName("F32"), new Shape(factors.Length), () => Vector(factors));
    }

    /// <inheritdoc/>
    protected override string NameInFile(string name) => GgufNames.ToGguf(name) ?? name;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    private static Tensor Vector(float[] values)
    {
        var tensor = new Tensor(DType.Float32, new Shape(values.Length));
        values.CopyTo(tensor.Span<float>());
        return tensor;
    }
}
