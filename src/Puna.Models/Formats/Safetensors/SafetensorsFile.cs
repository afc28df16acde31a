using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>
/// A safetensors file, mapped into memory: 8 bytes little-endian header length N, N bytes of JSON
/// (name → dtype, shape, data_offsets), then the data. Every size and offset is checked before anything is read.
/// Format: huggingface/safetensors, README «Format».
/// </summary>
public sealed class SafetensorsFile : StoredWeights
{
    private const long LargestHeader = 100_000_000;
    private readonly MemoryMappedFile _file;
    private readonly MappedView _view;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is no sound safetensors file; the sentence says what is wrong and where.</exception>
    public SafetensorsFile(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"no file {path}", path);
        Path = path;
        var length = FileSize.Of(path);
        if (length < 8) throw Bad($"has {length} bytes, less than the 8 of a header length");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = new MappedView(_file, length);
            var header = BitConverter.ToInt64(_view.Bytes(0, 8));
            if (header < 2 || header > LargestHeader || header > length - 8) throw Bad($"its header claims {header} bytes, the file has {length - 8} left");
            _dataStart = 8 + header;
            ReadHeader(header, length - _dataStart);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    /// <summary>The <c>__metadata__</c> of the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>The bytes of a tensor where they lie in the mapping, valid while this file is open.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or one of more than 2^31 bytes.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var entry = Entry(name);
        if (entry.End - entry.Begin > int.MaxValue) throw Bad($"tensor '{name}' of {entry.End - entry.Begin} bytes is too large for one span");
        return _view.Bytes(_dataStart + entry.Begin, (int)(entry.End - entry.Begin));
    }

    /// <inheritdoc/>
    public override unsafe void CopyTo(string name, Tensor destination)
    {
        var entry = Entry(name);
        if (!_tensors[name].Has(destination.Shape)) throw Bad($"tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], {destination.Shape} was expected");
        try
        {
            if (!TensorConversion.TryConvert(entry.Type, _view.Pointer + _dataStart + entry.Begin, destination))
                throw Bad($"tensor '{name}' of type {entry.Type} cannot become {destination.DType}");
            _view.Forget(_dataStart + entry.Begin, entry.End - entry.Begin);
        }
        catch (OverflowException)
        {
            throw Bad($"tensor '{name}' of type {entry.Type} holds numbers too large for {TensorConversion.NameOf(destination.DType)}");
        }
    }

    /// <inheritdoc/>
    public override unsafe BlockMatrix Matrix(string name)
    {
        var entry = Entry(name);
        if (entry.Type is not ("F32" or "F16" or "BF16")) return base.Matrix(name);
        var (rows, columns) = MatrixShape(name);
        return new BlockMatrix(BlockFormat.ByName(entry.Type), rows, columns, _view.Pointer + _dataStart + entry.Begin, this);
    }

    /// <inheritdoc/>
    public override void Forget(string name) => _view.Forget(_dataStart + Entry(name).Begin, Entry(name).End - Entry(name).Begin);

    /// <summary>A new tensor of the file's own type.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or a type that this build cannot hold.</exception>
    public Tensor Read(string name) => Read(name, OwnType(Entry(name)));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    private DType OwnType(SafetensorsEntry entry) =>
        TensorConversion.Holding(entry.Type) ?? throw Bad($"tensor '{entry.Name}' has type {entry.Type}, which this build cannot hold");

    private SafetensorsEntry Entry(string name) => _entries.TryGetValue(name, out var entry) ? entry : throw Bad($"has no tensor '{name}'");

    private void ReadHeader(long headerLength, long dataLength)
    {
        try
        {
            using var json = JsonDocument.Parse(_view.Bytes(8, (int)headerLength).ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Bad("its header is no JSON object");
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name.Any(char.IsControl)) throw Bad("has a control character in the name of a tensor");
                if (property.Name == "__metadata__") Metadata = property.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "");
                else if (!_entries.TryAdd(property.Name, ReadEntry(property.Name, property.Value, dataLength))) throw Bad($"tensor '{property.Name}' appears twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            throw Bad($"its header is damaged: {e.Message}");
        }
        CheckCover(dataLength);
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Begin)) _tensors.Add(entry.Name, entry.ToStored());
    }

    private SafetensorsEntry ReadEntry(string name, JsonElement value, long dataLength)
    {
        var shape = value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var offsets = value.GetProperty("data_offsets");
        var entry = new SafetensorsEntry(name, value.GetProperty("dtype").GetString() ?? "", shape, offsets[0].GetInt64(), offsets[1].GetInt64());
        if (shape.Any(size => size < 0) || entry.Begin < 0 || entry.End < entry.Begin || entry.End > dataLength)
            throw Bad($"tensor '{name}' lies at bytes {entry.Begin} to {entry.End}, the file has {dataLength} bytes of data");
        var element = SafetensorsEntry.ElementBytes(entry.Type);
        if (element == 0) throw Bad($"tensor '{name}' has the unknown type '{entry.Type}'");
        if (checked(entry.Count * element) != entry.End - entry.Begin)
            throw Bad($"tensor '{name}' of type {entry.Type} and shape [{string.Join(", ", shape)}] needs {entry.Count * element} bytes, its offsets give {entry.End - entry.Begin}");
        return entry;
    }

    /// <summary>The format allows no hole and no overlap.</summary>
    private void CheckCover(long dataLength)
    {
        var next = 0L;
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != next) throw Bad($"tensor '{entry.Name}' begins at byte {entry.Begin}, {next} was expected");
            next = entry.End;
        }
        if (next != dataLength) throw Bad($"its tensors end at byte {next}, the data at {dataLength}: the file is cut short or has something behind it");
    }

    private InvalidDataException Bad(string what) => new($"safetensors: {Path} {what}");
}
