using System.IO.MemoryMappedFiles;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>A llama2.c checkpoint (.bin), mapped into memory. Sizes are checked against the file's length before anything is read.</summary>
public sealed unsafe class Llama2cWeights : StoredWeights
{
    private readonly MemoryMappedFile _file;
    private readonly MappedView _view;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, long> _offsets = [];
    private readonly Llama2cHeader _header;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is no sound checkpoint.</exception>
    public Llama2cWeights(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"no file {path}", path);
        Path = path;
        var length = FileSize.Of(path);
        if (length == 0) throw new InvalidDataException($"{path} is empty");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = new MappedView(_file, length);
            _header = Llama2cHeader.Read(_view.Bytes(0, (int)Math.Min(length, Llama2cHeader.PaddedBytes)));
            // no list is made for layers that a file only claims
            if (LeastBytes(Config) > length) throw new InvalidDataException($"claims {Config.LayerCount} layers of width {Config.HiddenSize}, more than its {length} bytes hold");
            Place(length);
        }
        catch (Exception e)
        {
            Dispose();
            if (e is InvalidDataException or OverflowException) throw new InvalidDataException($"llama2.c: {path} {(e is OverflowException ? "claims sizes beyond any file" : e.Message)}", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>The sizes in its head.</summary>
    public LlamaConfig Config => _header.Config;

    /// <summary>0 (as run.c reads), 1, or 2 (int8, as runq.c reads).</summary>
    public int Version => _header.Version;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Whether a file looks like one.</summary>
    public static bool IsLikely(string path)
    {
        Span<byte> start = stackalloc byte[Llama2cHeader.LegacyBytes];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && Llama2cHeader.IsLikely(start);
    }

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        var stored = Find(name, destination.Shape);
        var source = _view.Pointer + _offsets[name];
        var converted = stored.Type == "F32" ? TensorConversion.TryConvert("F32", source, destination) : TryWiden(name, source, destination);
        if (!converted) throw new InvalidDataException($"{Path}: tensor '{name}' of type {stored.Type} cannot become {destination.DType}");
        _view.Forget(_offsets[name], stored.Bytes);
        if (RotaryLayout.HeadsOf(Config, name) is var heads and > 0) RotaryLayout.ToHalves(destination, heads);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    private bool TryWiden(string name, byte* source, Tensor destination)
    {
        var scales = source + destination.Count;
        var values = new float[_header.GroupSize];
        fixed (float* value = values)
        {
            for (long group = 0; group < destination.Count / values.Length; group++)
            {
                var scale = BitConverter.ToSingle(new ReadOnlySpan<byte>(scales + (4 * group), 4));
                if (!float.IsFinite(scale)) throw new InvalidDataException($"llama2.c: {Path}: the scale of group {group} of tensor '{name}' is {scale}, not a finite number; the file is damaged");
                for (var i = 0; i < values.Length; i++) value[i] = (sbyte)source[(group * values.Length) + i] * scale;
                if (!TensorConversion.TryConvert("F32", (byte*)value, destination, group * values.Length, values.Length)) return false;
            }
        }
        return true;
    }

    /// <summary>Bytes of all blocks where a number of a matrix takes one, and of a norm four.</summary>
    private static Int128 LeastBytes(LlamaConfig c)
    {
        var heads = (Int128)c.HeadSize * (c.HeadCount + (long)c.KeyValueHeadCount);
        return c.LayerCount * (((Int128)8 * c.HiddenSize) + (2 * heads * c.HiddenSize) + ((Int128)3 * c.IntermediateSize * c.HiddenSize));
    }

    private void Place(long length)
    {
        long offset = _header.Bytes;
        foreach (var (name, shape) in Llama2cLayout.Order(Config, Version))
        {
            var count = shape.Aggregate(1L, (product, size) => checked(product * size));
            var bytes = checked(4 * count);
            if (Version == 2 && shape.Length == 2)
            {
                if (count % _header.GroupSize != 0) throw new InvalidDataException($"has groups of {_header.GroupSize} numbers, which do not divide the {count} of '{name}'");
                bytes = checked(count + (count / _header.GroupSize * 4));
            }
            if (offset > length - bytes) throw new InvalidDataException($"is cut short: it has {length} bytes, '{name ?? "the rotary table"}' [{string.Join(", ", shape)}] would end at {checked(offset + bytes)}");
            if (name is not null)
            {
                _tensors.Add(name, new StoredTensor(name, Version == 2 && shape.Length == 2 ? $"I8 in groups of {_header.GroupSize}" : "F32", shape, bytes));
                _offsets.Add(name, offset);
            }
            offset += bytes;
        }
        if (offset != length) throw new InvalidDataException($"has {length} bytes, by its head it should have {offset}");
    }
}
