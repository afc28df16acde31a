using System.Buffers.Binary;
using System.Text;

namespace Puna.Models;

/// <summary>
/// Reads the part of Python's pickle format (protocols 2 to 5) that checkpoints of tensors need: dictionaries, lists, tuples, strings, numbers and
/// tensors. Nothing is ever executed: a name of Python code that is not on the short list is refused. The machine has a stack but no recursion, and
/// each instruction makes at most one object, and what is copied again from objects made before is counted, so that memory stays in proportion to the file. Source of the format: CPython, Lib/pickletools.py.
/// </summary>
internal sealed class PickleReader
{
    private static readonly Dictionary<string, string> Storages = new()
    {
        ["DoubleStorage"] = "F64",
        ["FloatStorage"] = "F32",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
    };

    private static readonly object Mark = new();
    private static readonly object None = new();
    private readonly byte[] _bytes;
    private readonly string _name;
    private readonly List<object> _stack = [];
    private readonly Dictionary<object, object> _memo = new(ScatteredKeys.Instance);
    private int _position, _copied;

    private PickleReader(byte[] bytes, string name) => (_bytes, _name) = (bytes, name);

    /// <summary>What the pickle holds: a string, long, double, bool, byte[], object[] (a tuple), List, Dictionary or <see cref="TorchTensor"/>; null for None.</summary>
    /// <param name="bytes">The whole of it.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">Damaged, or it holds something else.</exception>
    public static object? Read(byte[] bytes, string name)
    {
        var reader = new PickleReader(bytes, name);
        var value = reader.Run();
        return ReferenceEquals(value, None) ? null : value;
    }

    private object Run()
    {
        while (true)
        {
            var at = _position;
            var code = Byte();
            switch (code)
            {
                case 0x80: if (Byte() > 5) throw Bad(at, "is of a later protocol than 5"); break;
                case 0x95: Take(8); break; // a frame: only a hint for readers of streams
                case (byte)'.': return _stack.Count == 1 ? _stack[0] : throw Bad(at, $"ends with {_stack.Count} objects, one was expected");
                case (byte)'(': _stack.Add(Mark); break;
                case (byte)'0': Pop(); break;
                case (byte)'N': _stack.Add(None); break;
                case 0x88: _stack.Add(true); break;
                case 0x89: _stack.Add(false); break;
                case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
                case (byte)'K': _stack.Add((long)Byte()); break;
                case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case 0x8A: _stack.Add(Long(Byte())); break;
                case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case (byte)'X': _stack.Add(Text(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); break;
                case 0x8C: _stack.Add(Text(Byte())); break;
                case 0x8D: _stack.Add(Text(Length(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))))); break;
                case (byte)'T': _stack.Add(Text(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); break;
                case (byte)'U': _stack.Add(Text(Byte())); break;
                case (byte)'B': _stack.Add(Take(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))).ToArray()); break;
                case (byte)'C': _stack.Add(Take(Byte()).ToArray()); break;
                case (byte)'}': _stack.Add(new Dictionary<object, object>(ScatteredKeys.Instance)); break;
                case (byte)']': _stack.Add(new List<object>()); break;
                case (byte)')': _stack.Add(Array.Empty<object>()); break;
                case (byte)'t': _stack.Add(UpToMark()); break;
                case 0x85: _stack.Add(Last(1)); break;
                case 0x86: _stack.Add(Last(2)); break;
                case 0x87: _stack.Add(Last(3)); break;
                case (byte)'a': Append(Last(1)); break;
                case (byte)'e': Append(UpToMark()); break;
                case (byte)'s': SetItems(Last(2)); break;
                case (byte)'u': SetItems(UpToMark()); break;
                case (byte)'q': _memo[(long)Byte()] = Peek(); break;
                case (byte)'r': _memo[(long)BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
                case 0x94: _memo[(long)_memo.Count] = Peek(); break;
                case (byte)'h': _stack.Add(Recall(Byte())); break;
                case (byte)'j': _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
                case (byte)'c': _stack.Add(Global(Line(), Line(), at)); break;
                case 0x93: _stack.Add(StackGlobal(at)); break;
                case (byte)'R': _stack.Add(Call(at)); break;
                case (byte)'b': Build(at); break;
                case (byte)'Q': _stack.Add(Persistent(Pop(), at)); break;
                default: throw Bad(at, $"has the instruction 0x{code:X2}, which checkpoints of tensors do not need; this reader executes nothing");
            }
        }
    }

    /// <summary>Names of code are kept as such, and only those that <see cref="Call"/> and <see cref="Persistent"/> know.</summary>
    private PickleGlobal Global(string module, string name, int at)
    {
        var known = (module, name) is ("collections", "OrderedDict") or ("torch._utils", "_rebuild_tensor_v2") or ("torch._utils", "_rebuild_parameter")
            || (module == "torch" && Storages.ContainsKey(name));
        return known ? new PickleGlobal(module, name) : throw Bad(at, $"names the Python code {Shown(module)}.{Shown(name)}, which is not executed here; only checkpoints of plain tensors are read");
    }

    private PickleGlobal StackGlobal(int at) => Last(2) is [string module, string name] ? Global(module, name, at) : throw Bad(at, "names code by something that is no string");

    private object Call(int at)
    {
        var pair = Last(2);
        if (pair is not [PickleGlobal function, object[] arguments]) throw Bad(at, "calls something that is no function");
        switch (function.Name, arguments)
        {
            case ("OrderedDict", []): return new Dictionary<object, object>(ScatteredKeys.Instance);
            case ("OrderedDict", [List<object> items]):
                var made = new Dictionary<object, object>(ScatteredKeys.Instance);
                // one list may be recalled and copied again and again
                if ((_copied += items.Count) > _bytes.Length) throw Bad(at, $"copies more items into dictionaries than its {_bytes.Length} bytes can hold");
                foreach (var item in items) Set(made, item is object[] { Length: 2 } or List<object> { Count: 2 } ? ((IList<object>)item)[0] : throw Bad(at, "has a dictionary of things that are no pairs"), ((IList<object>)item)[1]);
                return made;
            case ("_rebuild_parameter", [TorchTensor tensor, ..]): return tensor;
            case ("_rebuild_tensor_v2", [TorchStorage storage, long offset, object[] size, object[] stride, ..]): return Tensor(storage, offset, Numbers(size, at), Numbers(stride, at), at);
            default: throw Bad(at, $"calls {function.Module}.{function.Name} with arguments that are not a tensor's");
        }
    }

    private TorchTensor Tensor(TorchStorage storage, long offset, long[] shape, long[] strides, int at)
    {
        if (shape.Length != strides.Length || offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0)) throw Bad(at, $"has a tensor of shape [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] at {offset}");
        var tensor = new TorchTensor(storage, offset, shape, strides);
        try
        {
            if (checked(offset + tensor.Extent) <= storage.Count && tensor.Count <= storage.Count) return tensor;
        }
        catch (OverflowException)
        {
            // falls through to the same sentence
        }
        throw Bad(at, $"has a tensor of shape [{string.Join(", ", shape)}] at {offset} of a storage of {storage.Count} numbers, which does not hold it");
    }

    private TorchStorage Persistent(object id, int at)
    {
        if (id is not object[] { Length: >= 5 } parts || parts[0] is not "storage" || parts[1] is not PickleGlobal type || parts[2] is not string key || parts[4] is not long count || !Storages.TryGetValue(type.Name, out var element))
            throw Bad(at, "refers to something outside that is no storage of a known type");
        if (count < 0 || key.Length == 0 || !key.All(char.IsAsciiLetterOrDigit)) throw Bad(at, $"refers to the storage '{Shown(key)}' of {count} numbers");
        return new TorchStorage(element, key, count);
    }

    /// <summary>State that Python would hang on an object: a state_dict's _metadata, which says nothing about weights.</summary>
    private void Build(int at)
    {
        Pop();
        if (Peek() is not Dictionary<object, object>) throw Bad(at, "gives state to something that is no dictionary");
    }

    private long[] Numbers(object[] values, int at) => values.Length <= 16 && values.All(value => value is long) ? [.. values.Cast<long>()] : throw Bad(at, "has a tensor whose sizes are no whole numbers");

    private void Append(object[] values)
    {
        if (Peek() is not List<object> list) throw Bad(_position, "appends to something that is no list");
        list.AddRange(values);
    }

    private void SetItems(object[] values)
    {
        if (Peek() is not Dictionary<object, object> dictionary || values.Length % 2 != 0) throw Bad(_position, "sets items of something that is no dictionary");
        for (var i = 0; i < values.Length; i += 2) Set(dictionary, values[i], values[i + 1]);
    }

    private void Set(Dictionary<object, object> dictionary, object key, object value)
    {
        if (key is not (string or long or bool)) throw Bad(_position, "has a dictionary with keys that are neither strings nor whole numbers");
        dictionary[key] = value;
    }

    private object Recall(long index) => _memo.TryGetValue(index, out var value) ? value : throw Bad(_position, $"recalls object {index}, which it has not made");

    private object Peek() => _stack.Count > 0 && !ReferenceEquals(_stack[^1], Mark) ? _stack[^1] : throw Bad(_position, "uses an object that is not there");

    private object Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object[] Last(int count)
    {
        var values = new object[count];
        for (var i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    private object[] UpToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0) throw Bad(_position, "collects objects from a mark that is not there");
        var values = _stack[(mark + 1)..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private long Long(int bytes)
    {
        if (bytes > 8) throw Bad(_position, $"has a whole number of {bytes} bytes; at most 8 are read");
        long value = 0;
        var source = Take(bytes);
        for (var i = bytes - 1; i >= 0; i--) value = (value << 8) | source[i];
        return bytes is > 0 and < 8 ? value << (64 - (8 * bytes)) >> (64 - (8 * bytes)) : value;
    }

    private string Text(int bytes) => Encoding.UTF8.GetString(Take(bytes));

    private string Line()
    {
        var rest = _bytes.AsSpan(_position);
        var end = rest.IndexOf((byte)'\n');
        if (end < 0) throw Bad(_position, "has a line without end");
        return Encoding.UTF8.GetString(Take(end + 1)[..end]);
    }

    private byte Byte() => Take(1)[0];

    private int Length(ulong length) => length <= (ulong)(_bytes.Length - _position) ? (int)length : throw Bad(_position, $"claims {length} bytes and has {_bytes.Length - _position} left");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position) throw Bad(_position, $"ends where {count} bytes more were expected");
        var span = _bytes.AsSpan(_position, count);
        _position += count;
        return span;
    }

    private InvalidDataException Bad(int at, string what) => new($"{_name}: the pickle {what} (byte {at})");

    /// <summary>A name of the file in a sentence: short and without control characters.</summary>
    private static string Shown(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    /// <summary>A name of Python code.</summary>
    private sealed record PickleGlobal(string Module, string Name);

    /// <summary>Spreads keys by a number that differs from process to process: a file cannot put all of its whole numbers into one place of a table.</summary>
    private sealed class ScatteredKeys : IEqualityComparer<object>
    {
        public static ScatteredKeys Instance { get; } = new();

        public new bool Equals(object? x, object? y) => object.Equals(x, y);

        public int GetHashCode(object key) => key is long number ? HashCode.Combine((int)number, (int)(number >> 32)) : key.GetHashCode();
    }
}
