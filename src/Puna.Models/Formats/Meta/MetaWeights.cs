using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Weights as Meta publishes them: consolidated.00.pth and further model-parallel shards (or the same in safetensors) beside params.json. Shards are joined:
/// wq, wk, wv, w1, w3 and output along their rows, wo and w2 along their columns, the embeddings along either (Llama 3 cut the vocabulary, earlier
/// models the width); norms are the same in all of them. Source: meta-llama/llama, example layers of fairscale.nn.model_parallel.
/// </summary>
public sealed unsafe class MetaWeights : StoredWeights
{
    private readonly List<StoredWeights> _shards = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, (string Name, int Axis)> _stored = [];

    /// <summary>Opens all shards of a folder.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or they do not fit together.</exception>
    public MetaWeights(string folder)
    {
        Path = folder;
        try
        {
            var files = Files(folder);
            if (files.Length == 0) throw new FileNotFoundException($"{folder} has no consolidated.00.pth or consolidated.00.safetensors", folder);
            for (var i = 0; i < files.Length; i++)
            {
                if (System.IO.Path.GetFileNameWithoutExtension(files[i]) != $"consolidated.{i:00}") throw new InvalidDataException($"{folder}: the shard consolidated.{i:00} is missing; {System.IO.Path.GetFileName(files[i])} is there in its place");
                _shards.Add(System.IO.Path.GetExtension(files[i]) == ".pth" ? new TorchWeights(files[i]) : new SafetensorsFile(files[i]));
            }
            foreach (var stored in _shards[0].Tensors.Values) Join(stored);
            Config = ReadConfig();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>Sizes, from params.json and the weights.</summary>
    public LlamaConfig Config { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Whether a folder holds such weights.</summary>
    public static bool IsLikely(string folder) => File.Exists(System.IO.Path.Combine(folder, MetaParams.FileName)) && Files(folder).Length > 0;

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        Find(name, destination.Shape);
        var (stored, axis) = _stored[name];
        if (axis < 0 || _shards.Count == 1) _shards[0].CopyTo(stored, destination);
        else if (axis == 0) CopyRows(stored, destination);
        else CopyColumns(stored, destination);
        if (RotaryLayout.HeadsOf(Config, name) is var heads and > 0) RotaryLayout.ToHalves(destination, heads);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var shard in _shards) shard.Dispose();
    }

    private static string[] Files(string folder)
    {
        foreach (var ending in (string[])["pth", "safetensors"])
        {
            var files = Directory.Exists(folder) ? Directory.GetFiles(folder, $"consolidated.*.{ending}") : [];
            if (files.Length > 0) return [.. files.Order(StringComparer.Ordinal)];
        }
        return [];
    }

    private void Join(StoredTensor stored)
    {
        if (MetaNames.ToHuggingFace(stored.Name) is not { } name)
        {
            if (stored.Name.StartsWith("rope.", StringComparison.Ordinal)) return; // recomputed
            throw new InvalidDataException($"{Path}: tensor '{stored.Name}' belongs to no part of a Llama; this model is of another kind");
        }
        long[] shape = [.. stored.Shape];
        var axis = Axis(stored);
        long bytes = 0;
        for (var i = 0; i < _shards.Count; i++)
        {
            if (!_shards[i].Tensors.TryGetValue(stored.Name, out var part)) throw new InvalidDataException($"{_shards[i].Path} lacks the tensor '{stored.Name}' of the first shard");
            if (!part.Shape.SequenceEqual(stored.Shape) || part.Type != stored.Type) throw new InvalidDataException($"{_shards[i].Path}: tensor '{stored.Name}' is {part.Type} {part.ShapeText}, in the first shard it is {stored.Type} {stored.ShapeText}");
            bytes += axis >= 0 || i == 0 ? part.Bytes : 0;
        }
        if (axis >= 0) shape[axis] = checked(shape[axis] * _shards.Count);
        _tensors.Add(name, new StoredTensor(name, stored.Type, shape, bytes));
        _stored.Add(name, (stored.Name, axis));
    }

    private int Axis(StoredTensor stored)
    {
        if (stored.Shape.Count != 2) return -1;
        if (stored.Name.EndsWith("wo.weight", StringComparison.Ordinal) || stored.Name.EndsWith("w2.weight", StringComparison.Ordinal)) return 1;
        if (stored.Name != "tok_embeddings.weight") return 0;
        // a norm has the full width; embeddings that are narrower were cut along it
        var width = _shards[0].Tensors.TryGetValue("norm.weight", out var norm) && norm.Shape.Count == 1 ? norm.Shape[0] : throw new InvalidDataException($"{_shards[0].Path} has no norm.weight");
        return stored.Shape[1] == width ? 0 : 1;
    }

    private LlamaConfig ReadConfig()
    {
        var file = System.IO.Path.Combine(Path, MetaParams.FileName);
        if (!File.Exists(file)) throw new FileNotFoundException($"{Path} has no {MetaParams.FileName}, which says how many heads the model has", file);
        return MetaParams.Read(file, Rows("model.layers.0.mlp.gate_proj.weight"), Rows("model.embed_tokens.weight"), tied: !_tensors.ContainsKey("lm_head.weight"));
    }

    private int Rows(string name) => Find(name).Shape is { Count: 2 } shape && shape[0] <= int.MaxValue ? (int)shape[0] : throw new InvalidDataException($"{Path}: tensor '{name}' is no matrix");

    private void CopyRows(string stored, Tensor destination)
    {
        var rows = destination.Shape[0] / _shards.Count;
        for (var i = 0; i < _shards.Count; i++) _shards[i].CopyTo(stored, destination.Rows(i * rows, rows));
    }

    private void CopyColumns(string stored, Tensor destination)
    {
        var (rows, columns) = (destination.Shape[0], destination.Shape[1] / _shards.Count);
        var part = new Tensor(destination.DType, new Shape(rows, columns));
        var bytes = DTypeLayout.Of(part.DType).Bytes(columns);
        for (var i = 0; i < _shards.Count; i++)
        {
            _shards[i].CopyTo(stored, part);
            for (long r = 0; r < rows; r++) Buffer.MemoryCopy((byte*)part.Data + (r * bytes), (byte*)destination.Data + (((r * _shards.Count) + i) * bytes), bytes, bytes);
        }
        part.Release();
        GC.KeepAlive(destination);
    }
}
