using System.IO.Compression;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// A checkpoint of PyTorch (.pth, .pt, .bin): a zip archive, uncompressed, with a pickle that names tensors and an entry for each storage. A dictionary
/// that holds the weights under <c>model</c> or <c>state_dict</c> is opened there. Nothing in the file is executed (<see cref="PickleReader"/>).
/// Source of the layout: pytorch/pytorch, torch/serialization.py.
/// </summary>
public sealed unsafe class TorchWeights : StoredWeights
{
    private const long LargestPickle = 1 << 28;

    /// <summary>How many times the file's bytes all tensors together may have: tied weights share a storage, but not a thousand tensors.</summary>
    private const int MostShared = 4;

    private static readonly string[] Wrappers = ["model", "state_dict"];
    private readonly FileStream _stream;
    private readonly ZipArchive _archive;
    private readonly string _prefix = "";
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, TorchTensor> _views = [];

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is no sound checkpoint of plain tensors.</exception>
    public TorchWeights(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"no file {path}", path);
        Path = path;
        _stream = File.OpenRead(path);
        try
        {
            if (!StartsAsZip(_stream)) throw new InvalidDataException($"{path} is no zip archive: PyTorch writes such since 1.6, older files are not read; load it there and save it again");
            _archive = new ZipArchive(_stream, ZipArchiveMode.Read, leaveOpen: true);
            const string Pickle = "data.pkl";
            var pickle = _archive.Entries.FirstOrDefault(entry => entry.FullName == Pickle || entry.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal))
                ?? throw new InvalidDataException($"{path}: the archive has no {Pickle}; it is no checkpoint of PyTorch");
            _prefix = pickle.FullName[..^Pickle.Length];
            if (_archive.GetEntry(_prefix + "byteorder") is { } order && Bytes(order, 16) is not [(byte)'l', (byte)'i', ..]) throw new InvalidDataException($"{path}: the numbers are big-endian; only little-endian files are read");
            Collect(PickleReader.Read(Bytes(pickle, LargestPickle), $"{path}, {pickle.FullName}"));
        }
        catch (Exception e)
        {
            Dispose();
            if (IsDamage(e)) throw Damaged(e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Whether a file begins as a zip archive does.</summary>
    public static bool IsLikely(string path)
    {
        using var file = File.OpenRead(path);
        return StartsAsZip(file);
    }

    /// <inheritdoc/>
    public override void CopyTo(string name, Tensor destination)
    {
        Find(name, destination.Shape);
        var view = _views[name];
        var element = SafetensorsEntry.ElementBytes(view.Storage.Type);
        try
        {
            using var stream = Entry(view.Storage).Open();
            Skip(stream, checked(view.Offset * element));
            if (view.IsContiguous) CopyStraight(stream, view, element, destination);
            else CopyStrided(stream, view, element, destination);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
        GC.KeepAlive(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _archive?.Dispose();
        _stream.Dispose();
    }

    /// <summary>What the runtime's reader of archives throws where one contradicts itself.</summary>
    private static bool IsDamage(Exception e) => e is ArgumentException or NotSupportedException or OverflowException or EndOfStreamException or IndexOutOfRangeException || (e is InvalidDataException && e.Source == typeof(ZipArchive).Assembly.GetName().Name);

    private InvalidDataException Damaged(Exception e) => new($"{Path}: the archive is damaged: {e.Message}", e);

    private static bool StartsAsZip(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        var read = stream.ReadAtLeast(start, 4, throwOnEndOfStream: false);
        stream.Position = 0;
        return read == 4 && start.SequenceEqual("PK\u0003\u0004"u8);
    }

    private void Collect(object? root)
    {
        if (root is not Dictionary<object, object> dictionary) throw new InvalidDataException($"{Path}: the pickle holds no dictionary of tensors");
        if (!dictionary.Values.Any(value => value is TorchTensor))
        {
            foreach (var wrapper in Wrappers)
            {
                if (dictionary.TryGetValue(wrapper, out var inner) && inner is Dictionary<object, object> weights) dictionary = weights;
            }
        }
        var bytes = 0L;
        foreach (var (key, value) in dictionary)
        {
            if (value is not TorchTensor tensor) continue;
            var name = key as string ?? throw new InvalidDataException($"{Path}: a tensor's name is {key}, a string was expected");
            if (name.Any(char.IsControl)) throw new InvalidDataException($"{Path} has a control character in the name of a tensor");
            Entry(tensor.Storage);
            bytes += tensor.Count * SafetensorsEntry.ElementBytes(tensor.Storage.Type);
            if (bytes > MostShared * _stream.Length) throw new InvalidDataException($"{Path}: tensors up to '{name}' share storages so that they have more than {MostShared} times the file's {_stream.Length} bytes together");
            _views.Add(name, tensor);
            _tensors.Add(name, new StoredTensor(name, tensor.Storage.Type, tensor.Shape, tensor.Count * SafetensorsEntry.ElementBytes(tensor.Storage.Type)));
        }
        if (_tensors.Count == 0) throw new InvalidDataException($"{Path}: the pickle holds no tensor");
    }

    private ZipArchiveEntry Entry(TorchStorage storage)
    {
        var name = $"{_prefix}data/{storage.Key}";
        var entry = _archive.GetEntry(name) ?? throw new InvalidDataException($"{Path}: the archive lacks {name}");
        if (entry.CompressedLength != entry.Length || entry.IsEncrypted) throw new InvalidDataException($"{Path}: {name} is compressed or encrypted; PyTorch stores storages as they are");
        if (entry.Length > _stream.Length) throw new InvalidDataException($"{Path}: {name} claims {entry.Length} bytes, the file has {_stream.Length}");
        var bytes = checked(storage.Count * SafetensorsEntry.ElementBytes(storage.Type));
        if (entry.Length < bytes) throw new InvalidDataException($"{Path}: {name} has {entry.Length} bytes, {storage.Count} numbers of {storage.Type} need {bytes}");
        return entry;
    }

    private void CopyStraight(Stream stream, TorchTensor view, int element, Tensor destination)
    {
        const int Chunk = 1 << 20;
        var buffer = new byte[(int)Math.Min(Chunk * (long)element, view.Count * element)];
        fixed (byte* bytes = buffer)
        {
            for (long first = 0; first < view.Count; first += Chunk)
            {
                var count = (int)Math.Min(Chunk, view.Count - first);
                stream.ReadExactly(buffer, 0, count * element);
                Convert(view, bytes, destination, first, count);
            }
        }
    }

    private void CopyStrided(Stream stream, TorchTensor view, int element, Tensor destination)
    {
        if (view.Extent > Array.MaxLength / element) throw new InvalidDataException($"{Path}: a tensor reaches over {view.Extent} numbers of its storage, not one after the other; at most {Array.MaxLength / element} are read so");
        var source = new byte[view.Extent * element];
        stream.ReadExactly(source);
        var index = new long[view.Shape.Length];
        fixed (byte* bytes = source)
        {
            for (long i = 0; i < view.Count; i++)
            {
                long at = 0;
                for (var d = 0; d < index.Length; d++) at += index[d] * view.Strides[d];
                Convert(view, bytes + (at * element), destination, i, 1);
                for (var d = index.Length - 1; d >= 0 && ++index[d] == view.Shape[d]; d--) index[d] = 0;
            }
        }
    }

    private void Convert(TorchTensor view, byte* source, Tensor destination, long first, long count)
    {
        if (!TensorConversion.TryConvert(view.Storage.Type, source, destination, first, count)) throw new InvalidDataException($"{Path}: numbers of type {view.Storage.Type} cannot become {destination.DType}");
    }

    /// <summary>Moves on in a stream that may not know how to.</summary>
    private static void Skip(Stream stream, long bytes)
    {
        if (bytes == 0) return;
        if (stream.CanSeek)
        {
            stream.Seek(bytes, SeekOrigin.Current);
            return;
        }
        var buffer = new byte[(int)Math.Min(1 << 16, bytes)];
        while (bytes > 0)
        {
            var count = (int)Math.Min(buffer.Length, bytes);
            stream.ReadExactly(buffer, 0, count);
            bytes -= count;
        }
    }

    private byte[] Bytes(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > _stream.Length) throw new InvalidDataException($"{Path}: {entry.FullName} claims {entry.Length} bytes, the file has {_stream.Length}");
        if (entry.Length > most) throw new InvalidDataException($"{Path}: {entry.FullName} claims {entry.Length} bytes, at most {most} are read");
        if (entry.CompressedLength != entry.Length || entry.IsEncrypted) throw new InvalidDataException($"{Path}: {entry.FullName} is compressed or encrypted; PyTorch stores it as it is");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
