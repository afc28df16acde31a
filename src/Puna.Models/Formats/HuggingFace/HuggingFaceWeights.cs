using System.Text.Json;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>The weights of a Hugging Face folder: model.safetensors, or shards named by model.safetensors.index.json; older folders have pytorch_model.bin instead.</summary>
public sealed class HuggingFaceWeights : StoredWeights
{
    /// <summary>The one file of a small model.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>The list of shards of a large one.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private const string OlderFile = "pytorch_model.bin", OlderIndex = "pytorch_model.bin.index.json";

    private readonly Dictionary<string, StoredWeights> _files = [];
    private readonly Dictionary<string, StoredWeights> _byTensor = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly string _folder;

    /// <summary>Opens all files of a folder.</summary>
    /// <exception cref="FileNotFoundException">There are no weights, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the index does not fit the shards.</exception>
    public HuggingFaceWeights(string folder)
    {
        _folder = folder;
        try
        {
            if (Has(SingleFile)) Open(SingleFile);
            else if (Has(IndexFile)) OpenShards(System.IO.Path.Combine(folder, IndexFile));
            else if (Has(OlderFile)) Open(OlderFile);
            else if (Has(OlderIndex)) OpenShards(System.IO.Path.Combine(folder, OlderIndex));
            else throw new FileNotFoundException($"{folder} has neither {SingleFile} nor {IndexFile}: there are no weights that this build can read", System.IO.Path.Combine(folder, SingleFile));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path => _folder;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        Find(name);
        _byTensor[name].CopyTo(name, destination);
    }

    /// <inheritdoc/>
    public override BlockMatrix Matrix(string name)
    {
        Find(name);
        return _byTensor[name].Matrix(name);
    }

    /// <inheritdoc/>
    public override void Forget(string name) => _byTensor[name].Forget(name);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    private bool Has(string file) => File.Exists(System.IO.Path.Combine(_folder, file));

    private StoredWeights Open(string name)
    {
        if (_files.TryGetValue(name, out var known)) return known;
        var path = System.IO.Path.Combine(_folder, name);
        StoredWeights file = System.IO.Path.GetExtension(name) == ".bin" ? new TorchWeights(path) : new SafetensorsFile(path);
        _files.Add(name, file);
        foreach (var tensor in file.Tensors.Values)
        {
            if (!_byTensor.TryAdd(tensor.Name, file)) throw new InvalidDataException($"{_folder}: tensor '{tensor.Name}' is in two shards");
            _tensors.Add(tensor.Name, tensor);
        }
        return file;
    }

    private void OpenShards(string index)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index));
            foreach (var entry in json.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                var shard = entry.Value.GetString() ?? "";
                if (shard != System.IO.Path.GetFileName(shard) || shard.Length == 0) throw new InvalidDataException($"{index}: shard '{shard}' of tensor '{entry.Name}' is no plain file name");
                if (!Open(shard).Tensors.ContainsKey(entry.Name)) throw new InvalidDataException($"{index}: tensor '{entry.Name}' is not in {shard}");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{index} is damaged: {e.Message}");
        }
    }
}
