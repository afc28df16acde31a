using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// The weights of a model as a file or folder stores them, one tensor at a time, under Hugging Face's names and in its layout, whatever the file's own
/// are: a reader of another format translates names and turns the rows of queries and keys (<see cref="RotaryLayout"/>).
/// </summary>
public abstract class StoredWeights : IDisposable
{
    /// <summary>The file or folder, as errors name it.</summary>
    public abstract string Path { get; }

    /// <summary>Every tensor by name, in the order of the file.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Copies a tensor, converted to the destination's type.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another shape, or types that cannot be converted.</exception>
    public abstract void CopyTo(string name, Tensor destination);

    /// <summary>
    /// A matrix in the number format it is stored in, where it lies if it can be multiplied there (in a mapped file, valid while this object is open), else read
    /// into memory as F32.
    /// </summary>
    /// <exception cref="InvalidDataException">No such tensor, no matrix, or one that cannot be read.</exception>
    public virtual unsafe BlockMatrix Matrix(string name)
    {
        var (rows, columns) = MatrixShape(name);
        var tensor = Read(name, DType.Float32);
        return new BlockMatrix(BlockFormat.ByName("F32"), rows, columns, tensor.Data, tensor);
    }

    /// <summary>Says that a tensor's bytes will hardly be read again: where they are mapped, their pages may leave the process' memory.</summary>
    public virtual void Forget(string name)
    {
    }

    /// <summary>A new tensor of this type.</summary>
    /// <exception cref="InvalidDataException">No such tensor, more than four dimensions, or a type that cannot be converted.</exception>
    public Tensor Read(string name, DType type)
    {
        var stored = Find(name);
        if (stored.Shape.Count > 4) throw new InvalidDataException($"{Path}: tensor '{name}' has {stored.Shape.Count} dimensions, at most 4 can be held");
        var tensor = new Tensor(type, Shape.From([.. stored.Shape]));
        try
        {
            CopyTo(name, tensor);
        }
        catch (OverflowException)
        {
            throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' holds numbers too large for {TensorConversion.NameOf(type)}; choose a wider type");
        }
        return tensor;
    }

    /// <summary>Compares the weights with a configuration, so that no memory is taken for sizes that the file only claims and nothing is written of a model that is not whole.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or belongs to no part of such a model.</exception>
    public void Require(IModelConfig config)
    {
        var architecture = Architecture.Of(config);
        var known = new HashSet<string>();
        foreach (var (name, shape) in architecture.Required(config))
        {
            var own = StoredName(architecture, name);
            if (!Tensors.TryGetValue(own, out var stored)) throw new InvalidDataException($"{Path}: tensor '{NameInFile(own)}' {shape} is missing from the weights");
            if (!stored.Has(shape)) throw new InvalidDataException($"{Path}: tensor '{NameInFile(own)}' has shape {stored.ShapeText}, by the configuration it should have {shape}");
            known.Add(own);
        }
        foreach (var name in Tensors.Keys)
        {
            if (known.Contains(name) || architecture.Ignores(config, name)) continue;
            throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' belongs to no part of a {architecture.ModelType}; this model is of another kind");
        }
    }

    /// <summary>Fills a network's parameters; each must be there in its shape, and nothing may be left over that would be needed.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or unknown to the network.</exception>
    public void CopyTo(LanguageNetwork model)
    {
        Require(model.Config);
        var architecture = Architecture.Of(model.Config);
        foreach (var parameter in model.Parameters)
        {
            var name = StoredName(architecture, parameter.Name);
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

    /// <summary>The sizes of a matrix.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or no matrix of sizes that fit in memory.</exception>
    protected (int Rows, int Columns) MatrixShape(string name)
    {
        var stored = Find(name);
        return stored.Shape.Count == 2 && stored.Shape[0] is > 0 and <= int.MaxValue && stored.Shape[1] is > 0 and <= int.MaxValue
            ? ((int)stored.Shape[0], (int)stored.Shape[1])
            : throw new InvalidDataException($"{Path}: tensor '{NameInFile(name)}' has shape {stored.ShapeText}; a matrix was expected");
    }

    /// <summary>The name as these files have it: whole, or without the prefix that some leave out.</summary>
    private string StoredName(Architecture architecture, string name) =>
        !Tensors.ContainsKey(name) && architecture.ShortName(name) is { } other && Tensors.ContainsKey(other) ? other : name;
}
