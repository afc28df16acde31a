using System.IO.Compression;
using System.Text;

namespace Puna.Fuzz;

/// <summary>Writes the pickle of a checkpoint as torch.save does (protocol 2), and notes where instructions and their arguments stand. Format: CPython, Lib/pickletools.py.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];
    private int _memo;

    public List<Field> Fields { get; } = [];

    /// <summary>A dictionary of tensors, each a storage of its own.</summary>
    public static (byte[] Bytes, List<Field> Fields) Of(IEnumerable<(string Name, long[] Shape)> tensors, string? wrapper)
    {
        var pickle = new PickleBuilder();
        pickle.Code(0x80, 2);
        if (wrapper is not null)
        {
            pickle.Code('}').Put().Code('(');
            pickle.Text(wrapper).Put();
        }
        pickle.Global("collections", "OrderedDict").Code(')').Code('R').Put().Code('(');
        var key = 0;
        foreach (var (name, shape) in tensors)
        {
            pickle.Text(name).Put();
            pickle.Global("torch._utils", "_rebuild_tensor_v2").Put().Code('(').Code('(');
            pickle.Text("storage").Put();
            pickle.Global("torch", "FloatStorage").Put();
            pickle.Text($"{key++}").Put().Text("cpu").Put();
            pickle.Number(shape.Aggregate(1L, (product, size) => product * size)).Code('t').Put().Code('Q').Number(0);
            pickle.Tuple(shape).Tuple([.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (product, size) => product * size))]);
            pickle.Code(0x89).Global("collections", "OrderedDict").Put().Code(')').Code('R').Put().Code('t').Put().Code('R').Put();
        }
        pickle.Code('u');
        if (wrapper is not null) pickle.Code('u');
        pickle.Code('.');
        return ([.. pickle._bytes], pickle.Fields);
    }

    /// <summary>The archive around a pickle: an entry for each storage.</summary>
    /// <param name="pickle">The pickle.</param>
    /// <param name="storages">By key.</param>
    /// <param name="compresses">Whether the entry of an index is compressed, which torch never does.</param>
    public static byte[] Zip(byte[] pickle, IReadOnlyList<byte[]> storages, Func<int, bool> compresses)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("fuzz/data.pkl", pickle, -1);
            for (var i = 0; i < storages.Count; i++) Add($"fuzz/data/{i}", storages[i], i);

            void Add(string name, byte[] content, int index)
            {
                using var entry = archive.CreateEntry(name, compresses(index) ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private PickleBuilder Code(int code, params ReadOnlySpan<byte> arguments)
    {
        Fields.Add(new(_bytes.Count, 1));
        _bytes.Add((byte)code);
        if (arguments.Length is 1 or 2 or 4) Fields.Add(new(_bytes.Count, arguments.Length));
        _bytes.AddRange(arguments);
        return this;
    }

    private PickleBuilder Put() => _memo < 256 ? Code('q', (byte)_memo++) : Code('r', BitConverter.GetBytes(_memo++));

    private PickleBuilder Text(string text)
    {
        Code('X', BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)));
        _bytes.AddRange(Encoding.UTF8.GetBytes(text));
        return this;
    }

    private PickleBuilder Global(string module, string name)
    {
        Code('c');
        _bytes.AddRange(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));
        return this;
    }

    private PickleBuilder Number(long number) => number < 256 ? Code('K', (byte)number) : number < 65536 ? Code('M', BitConverter.GetBytes((ushort)number)) : Code('J', BitConverter.GetBytes((int)number));

    private PickleBuilder Tuple(long[] numbers)
    {
        if (numbers.Length > 3) Code('(');
        foreach (var number in numbers) Number(number);
        return Code(numbers.Length switch { 0 => ')', 1 => 0x85, 2 => 0x86, 3 => 0x87, _ => 't' }).Put();
    }
}
