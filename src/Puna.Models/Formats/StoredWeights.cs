using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// The weights of a model as a file or folder stores them, one tensor at a time, under Hugging Face's names and in its layout, whatever the file's own
/// are: a reader of another format translates names and turns the rows of queries and keys (<see cref="RotaryLayout"/>).
/// </summary>
public abstract class StoredWeights : IDisposable
{
    /// <summary>Up to so many times the stored numbers, or so many, memory is taken before a tensor is found missing, which then is named.</summary>
    private const long MostMissing = 2, SmallModel = 1 << 20;

    /// <summary>The file or folder, as errors name it.</summary>
    public abstract string Path { get; }

    /// <summary>Every tensor by name, in the order of the file.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Copies a tensor, converted to the destination's type.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another shape, or types that cannot be converted.</exception>
    public abstract void CopyTo(string name, Tensor destination);

    /// <summary>A new tensor of this type.</summary>
    /// <exception cref="InvalidDataException">No such tensor, more than four dimensions, or a type that cannot be converted.</exception>
    public Tensor Read(string name, DType type)
    {
        var stored = Find(name);
        if (stored.Shape.Count > 4) throw new InvalidDataException($"{Path}: tensor '{name}' has {stored.Shape.Count} dimensions, at most 4 can be held");
        var tensor = new Tensor(type, Shape.From([.. stored.Shape]));
        CopyTo(name, tensor);
        return tensor;
    }

    /// <summary>Compares every size of a configuration with the weights, so that no memory is taken for sizes that the file only claims.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    public void Require(IModelConfig config)
    {
        var architecture = Architecture.Of(config);
        foreach (var (name, rows, columns) in architecture.Required(config)) Require(StoredName(architecture, name), rows, columns);
        // the last layer may be there and the million before it not
        var held = Tensors.Values.Sum(tensor => tensor.Count);
        if (config.LayerCount > Tensors.Count || config.ParameterCount > (MostMissing * held) + SmallModel)
            throw new InvalidDataException($"{Path}: the configuration asks for {config.LayerCount} layers, and the weights are too few for them: {Tensors.Count} tensors with {held} numbers");
    }

    /// <summary>Fills a network's parameters; each must be there in its shape, and nothing may be left over that would be needed.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or unknown to the network.</exception>
    public void CopyTo(LanguageNetwork model)
    {
        var architecture = Architecture.Of(model.Config);
        var known = new HashSet<string>();
        foreach (var parameter in model.Parameters)
        {
            var name = StoredName(architecture, parameter.Name);
            if (!Tensors.ContainsKey(name)) throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' {parameter.Tensor.Shape} is missing from the weights");
            known.Add(name);
            if (!parameter.IsStoredTransposed)
            {
                CopyTo(name, parameter.Tensor);
                continue;
            }
            var stored = new Tensor(parameter.Tensor.DType, parameter.StoredShape);
            CopyTo(name, stored);
            Transposition.Copy(stored, parameter.Tensor);
            stored.Release();
        }
        foreach (var name in Tensors.Keys)
        {
            if (known.Contains(name) || architecture.Ignores(model.Config, name)) continue;
            throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' belongs to no part of a {architecture.ModelType}; this model is of another kind");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What the file itself calls a tensor, for errors.</summary>
    protected virtual string NameInFile(string name) => name;

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    protected StoredTensor Find(string name) => Tensors.TryGetValue(name, out var stored) ? stored : throw new InvalidDataException($"{Path} has no tensor '{name}'");

    /// <summary>The tensor of this name, which must have a shape.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has another.</exception>
    protected StoredTensor Find(string name, Shape shape)
    {
        var stored = Find(name);
        return stored.Has(shape) ? stored : throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' has shape {stored.ShapeText}, {shape} was expected");
    }

    /// <summary>The name as these files have it: whole, or without the prefix that some leave out.</summary>
    private string StoredName(Architecture architecture, string name) =>
        !Tensors.ContainsKey(name) && architecture.ShortName(name) is { } other && Tensors.ContainsKey(other) ? other : name;

    private void Require(string name, long rows, long columns)
    {
        if (!Tensors.TryGetValue(name, out var stored)) throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' [{rows}, {columns}] is missing from the weights");
        if (!stored.Has(new Shape(rows, columns)))
            throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' has shape {stored.ShapeText}, by the configuration it should have [{rows}, {columns}]");
    }
}
