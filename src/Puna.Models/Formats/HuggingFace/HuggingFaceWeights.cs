using System.Text.Json;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>The weights of a Hugging Face folder: model.safetensors, or shards named by model.safetensors.index.json.</summary>
public sealed class HuggingFaceWeights : IDisposable
{
    /// <summary>The one file of a small model.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>The list of shards of a large one.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _byTensor = [];
    private readonly string _folder;

    /// <summary>Opens all files of a folder.</summary>
    /// <exception cref="FileNotFoundException">There are no weights, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the index does not fit the shards.</exception>
    public HuggingFaceWeights(string folder)
    {
        _folder = folder;
        try
        {
            var index = Path.Combine(folder, IndexFile);
            if (File.Exists(Path.Combine(folder, SingleFile))) Open(SingleFile);
            else if (File.Exists(index)) OpenShards(index);
            else throw new FileNotFoundException($"{folder} has neither {SingleFile} nor {IndexFile}: there are no weights that this build can read", Path.Combine(folder, SingleFile));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Every tensor of every file.</summary>
    public IEnumerable<SafetensorsEntry> Entries => _byTensor.Select(pair => pair.Value.Entries[pair.Key]);

    /// <summary>Compares every size of a configuration with the weights, so that no memory is taken for sizes that the file only claims.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    public void Require(IModelConfig config)
    {
        var architecture = Architecture.Of(config);
        foreach (var (name, rows, columns) in architecture.Required(config)) Require(StoredName(architecture, name), rows, columns);
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
            if (!_byTensor.TryGetValue(name, out var file)) throw new InvalidDataException($"{_folder}: tensor '{name}' {parameter.Tensor.Shape} is missing from the weights");
            known.Add(name);
            if (!parameter.IsStoredTransposed)
            {
                file.CopyTo(name, parameter.Tensor);
                continue;
            }
            var stored = new Tensor(parameter.Tensor.DType, parameter.StoredShape);
            file.CopyTo(name, stored);
            Transposition.Copy(stored, parameter.Tensor);
        }
        foreach (var name in _byTensor.Keys)
        {
            if (known.Contains(name) || architecture.Ignores(model.Config, name)) continue;
            throw new InvalidDataException($"{_folder}: tensor '{name}' belongs to no part of a {architecture.ModelType}; this model is of another kind");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    /// <summary>The name as these files have it: whole, or without the prefix that some leave out.</summary>
    private string StoredName(Architecture architecture, string name) =>
        !_byTensor.ContainsKey(name) && architecture.ShortName(name) is { } other && _byTensor.ContainsKey(other) ? other : name;

    private void Require(string name, long rows, long columns)
    {
        if (!_byTensor.TryGetValue(name, out var file)) throw new InvalidDataException($"{_folder}: tensor '{name}' [{rows}, {columns}] is missing from the weights");
        var shape = file.Entries[name].Shape;
        if (shape.Count != 2 || shape[0] != rows || shape[1] != columns)
            throw new InvalidDataException($"{file.Path}: tensor '{name}' has shape [{string.Join(", ", shape)}], by {ConfigFile.Name} it should have [{rows}, {columns}]");
    }

    private SafetensorsFile Open(string name)
    {
        if (_files.TryGetValue(name, out var known)) return known;
        var file = new SafetensorsFile(Path.Combine(_folder, name));
        _files.Add(name, file);
        foreach (var tensor in file.Entries.Keys)
        {
            if (!_byTensor.TryAdd(tensor, file)) throw new InvalidDataException($"{_folder}: tensor '{tensor}' is in two shards");
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
                if (shard != Path.GetFileName(shard) || shard.Length == 0) throw new InvalidDataException($"{index}: shard '{shard}' of tensor '{entry.Name}' is no plain file name");
                if (!Open(shard).Entries.ContainsKey(entry.Name)) throw new InvalidDataException($"{index}: tensor '{entry.Name}' is not in {shard}");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{index} is damaged: {e.Message}");
        }
    }
}
