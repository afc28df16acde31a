using Puna.Tensors;

namespace Puna.Models;

/// <summary>The weights of a model with an adapter's added: W + s·B·A, computed in single precision a tensor at a time, so that merging needs no more memory than reading.</summary>
public sealed class AdaptedWeights : StoredWeights
{
    private const string Ending = ".weight";

    private readonly StoredWeights _base;
    private readonly LoraAdapter _adapter;
    private readonly Dictionary<string, LoraModule> _modules;

    /// <summary>Puts an adapter on weights.</summary>
    /// <param name="weights">The base's; closed with this object.</param>
    /// <param name="adapter">An adapter that was made for them.</param>
    /// <exception cref="InvalidDataException">The weights lack a layer of the adapter, or have it in another shape; or the adapter would change nothing.</exception>
    public AdaptedWeights(StoredWeights weights, LoraAdapter adapter)
    {
        (_base, _adapter) = (weights, adapter);
        _modules = adapter.Modules.ToDictionary(module => module.Module + Ending);
        adapter.RequireEffect();
        foreach (var (name, module) in _modules) adapter.RequireFits(module, weights.Tensors.GetValueOrDefault(name)?.Shape);
    }

    /// <inheritdoc/>
    public override string Path => _base.Path;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _base.Tensors;

    /// <inheritdoc/>
    public override unsafe void CopyTo(string name, Tensor destination)
    {
        if (!_modules.TryGetValue(name, out var module))
        {
            _base.CopyTo(name, destination);
            return;
        }
        var sum = destination.DType == DType.Float32 ? destination : new Tensor(DType.Float32, destination.Shape);
        _base.CopyTo(name, sum);
        _adapter.Add(module, sum);
        if (sum == destination) return;
        if (!TensorConversion.TryConvert("F32", (byte*)sum.Data, destination)) throw new InvalidDataException($"{Path}: tensor '{name}' cannot become {destination.DType}");
        sum.Release();
    }

    /// <inheritdoc/>
    public override BlockMatrix Matrix(string name) => _modules.ContainsKey(name) ? base.Matrix(name) : _base.Matrix(name);

    /// <inheritdoc/>
    public override void Forget(string name) => _base.Forget(name);

    /// <inheritdoc/>
    protected override string NameInFile(string name) => name;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _base.Dispose();
}
