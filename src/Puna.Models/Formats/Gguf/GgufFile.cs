using System.IO.MemoryMappedFiles;
using Puna.Text;

namespace Puna.Models;

/// <summary>
/// A GGUF file of version 2 or 3, mapped into memory: magic, version, counts, key-value pairs, a line for each tensor, then the data. Opening reads the header
/// alone; every length, type and offset in it is checked before anything is read or allocated for it. Format: ggml-org/ggml, docs/gguf.md.
/// </summary>
public sealed class GgufFile : IDisposable
{
    /// <summary>The ending of file names.</summary>
    public const string Extension = ".gguf";

    private const uint Magic = 0x46554747; // GGUF
    private const int LeastTensorBytes = 24, LeastPairBytes = 8 + GgufValues.LeastBytes, LongestName = 64, MostDimensions = 4;
    private const string AlignmentKey = "general.alignment";

    private readonly MemoryMappedFile _file;
    private readonly MappedView _view;
    private readonly long _dataStart;
    private readonly List<GgufTensor> _tensors = [];
    private readonly Dictionary<string, GgufTensor> _byName = new(StringComparer.Ordinal);

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is no sound GGUF file; the sentence says what is wrong and where.</exception>
    public GgufFile(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"no file {path}", path);
        (Path, Metadata) = (path, new GgufMetadata(path));
        var length = FileSize.Of(path);
        if (length < 24) throw new InvalidDataException($"gguf: {path} has {length} bytes, less than the 24 of a header");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = new MappedView(_file, length);
            var cursor = new GgufCursor(_view, length, path);
            if (cursor.Word("the magic number") != Magic) throw cursor.Bad($"does not begin with GGUF but with the bytes {Convert.ToHexString(_view.Bytes(0, 4))}; it is no GGUF file");
            Version = ReadVersion(cursor);
            var tensors = cursor.Count("the number of tensors", LeastTensorBytes);
            ReadMetadata(cursor, cursor.Count("the number of metadata pairs", LeastPairBytes));
            Alignment = ReadAlignment(cursor);
            for (var i = 0; i < tensors; i++) Add(cursor, ReadTensor(cursor, i));
            _dataStart = checked((cursor.Position + Alignment - 1) / Alignment * Alignment);
            CheckPlaces(cursor, length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>2 or 3.</summary>
    public int Version { get; }

    /// <summary>What offsets are multiples of, in bytes.</summary>
    public int Alignment { get; }

    /// <summary>The key-value pairs.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors => _tensors;

    /// <summary>Whether a path is a GGUF file: by its name or by its first bytes.</summary>
    public static bool IsGguf(string path)
    {
        if (!File.Exists(path)) return false;
        if (System.IO.Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase)) return true;
        Span<byte> start = stackalloc byte[4];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("GGUF"u8);
    }

    /// <summary>A tensor of that name; null where there is none.</summary>
    public GgufTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The bytes of a row where they lie in the mapping, valid while this file is open.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="row">From 0 to <see cref="GgufTensor.Rows"/> − 1.</param>
    public ReadOnlySpan<byte> RowBytes(GgufTensor tensor, long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, tensor.Rows);
        return _view.Bytes(_dataStart + tensor.Offset + (row * tensor.RowBytes), checked((int)tensor.RowBytes));
    }

    /// <summary>A row as numbers.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="row">From 0 to <see cref="GgufTensor.Rows"/> − 1.</param>
    /// <param name="values">Receives <see cref="GgufTensor.Columns"/> numbers.</param>
    /// <exception cref="InvalidDataException">A type that this build cannot read.</exception>
    public void ReadRow(GgufTensor tensor, long row, Span<float> values) => FormatOf(tensor).Dequantize(RowBytes(tensor, row), values);

    /// <summary>A tensor's first byte in the mapping, valid while this file is open.</summary>
    internal unsafe byte* Data(GgufTensor tensor) => _view.Pointer + _dataStart + tensor.Offset;

    /// <summary>Says that a tensor will hardly be read again: its pages may leave the process' memory.</summary>
    public void Forget(GgufTensor tensor) => _view.Forget(_dataStart + tensor.Offset, tensor.Bytes);

    /// <summary>How a tensor's rows become numbers.</summary>
    /// <exception cref="InvalidDataException">A type that this build cannot read.</exception>
    public Tensors.BlockFormat FormatOf(GgufTensor tensor) => tensor.Type.Format
        ?? throw new InvalidDataException($"gguf: {Path} holds tensor '{tensor.Name}' in {tensor.Type.Name}, which this build does not read; it reads {string.Join(", ", GgmlType.All.Where(type => type.Format is not null).Select(type => type.Name))}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    private static int ReadVersion(GgufCursor cursor)
    {
        var version = cursor.Word("the version");
        if (version is 2 or 3) return (int)version;
        throw cursor.Bad((version & 0xFFFF) == 0 && version != 0
            ? $"is big-endian (version {version:X8} in hexadecimal); this build reads little-endian files"
            : $"is of version {version}; this build reads versions 2 and 3");
    }

    private void ReadMetadata(GgufCursor cursor, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = cursor.Name($"metadata key {i}");
            if (!Metadata.TryAdd(key, GgufValues.Read(cursor, key))) throw cursor.Bad($"has the metadata key '{key}' twice");
        }
    }

    private int ReadAlignment(GgufCursor cursor)
    {
        if (Metadata.Whole(AlignmentKey) is not { } alignment) return 32;
        return alignment is >= 1 and <= 1 << 20 && (alignment & (alignment - 1)) == 0 ? (int)alignment : throw cursor.Bad($"has {AlignmentKey} {alignment}; a power of two up to {1 << 20} was expected");
    }

    private void Add(GgufCursor cursor, GgufTensor tensor)
    {
        if (!_byName.TryAdd(tensor.Name, tensor)) throw cursor.Bad($"has tensor '{tensor.Name}' twice");
        _tensors.Add(tensor);
    }

    private GgufTensor ReadTensor(GgufCursor cursor, int index)
    {
        var name = cursor.Name($"the name of tensor {index}");
        if (System.Text.Encoding.UTF8.GetByteCount(name) is 0 or > LongestName) throw cursor.Bad($"gives tensor {index} a name of {name.Length} characters; 1 to {LongestName} bytes were expected");
        var dimensions = cursor.Word($"the dimensions of tensor '{name}'");
        if (dimensions > MostDimensions) throw cursor.Bad($"gives tensor '{name}' {dimensions} dimensions, at most {MostDimensions} are allowed");
        var shape = new long[dimensions];
        var count = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            var size = cursor.Long($"a size of tensor '{name}'");
            if (size > long.MaxValue || (size != 0 && count > long.MaxValue / 8 / (long)size)) throw cursor.Bad($"gives tensor '{name}' the size {size}: no file holds so many elements");
            shape[dimensions - 1 - i] = (long)size;
            count *= Math.Max(1, (long)size);
        }
        var code = cursor.Word($"the type of tensor '{name}'");
        var type = GgmlType.Find(code) ?? throw cursor.Bad($"gives tensor '{name}' the type {code}, which this build does not know");
        var offset = cursor.Long($"the offset of tensor '{name}'");
        if (offset > long.MaxValue || (long)offset % Alignment != 0) throw cursor.Bad($"puts tensor '{name}' at offset {offset}; a multiple of {Alignment} was expected");
        var tensor = new GgufTensor(name, type, shape, (long)offset);
        if (tensor.Columns % type.ElementsPerBlock != 0) throw cursor.Bad($"gives tensor '{name}' of type {type.Name} rows of {tensor.Columns} elements; a multiple of {type.ElementsPerBlock} was expected");
        return tensor;
    }

    /// <summary>Every tensor within the file, none over another.</summary>
    private void CheckPlaces(GgufCursor cursor, long length)
    {
        var (next, before) = (0L, "");
        foreach (var tensor in _tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            var left = length - _dataStart - tensor.Offset;
            if (tensor.Bytes > 0 && tensor.Bytes > left) throw cursor.Bad($"is cut short: tensor '{tensor.Name}' needs {tensor.Bytes} bytes at offset {tensor.Offset}, the file has {Math.Max(0, left)} left there");
            if (tensor.RowBytes > int.MaxValue || tensor.Columns > int.MaxValue) throw cursor.Bad($"gives tensor '{tensor.Name}' rows of {tensor.Columns} elements in {tensor.RowBytes} bytes, more than this build reads");
            if (tensor.Bytes > 0 && tensor.Offset < next) throw cursor.Bad($"puts tensor '{tensor.Name}' at offset {tensor.Offset}, within tensor '{before}', which ends at {next}");
            if (tensor.Bytes > 0) (next, before) = (tensor.Offset + tensor.Bytes, tensor.Name);
        }
    }
}
