using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Puna.Tests.Tensors;

/// <summary>Just enough of the safetensors format to read golden files. The product's reader lives in another room and has tests of its own.</summary>
internal sealed class SafetensorsFile
{
    private readonly Dictionary<string, (string Type, long[] Shape, int Start, int End)> _entries = [];
    private readonly byte[] _data;

    public SafetensorsFile(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _data = bytes[(8 + length)..];
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            var offsets = entry.Value.GetProperty("data_offsets");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            _entries.Add(entry.Name, (entry.Value.GetProperty("dtype").GetString()!, shape, offsets[0].GetInt32(), offsets[1].GetInt32()));
        }
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    public long[] Shape(string name) => _entries[name].Shape;

    public double[] Doubles(string name) => MemoryMarshal.Cast<byte, double>(Raw(name, "F64")).ToArray();

    public int[] Integers(string name)
    {
        var values = MemoryMarshal.Cast<byte, long>(Raw(name, "I64"));
        var result = new int[values.Length];
        for (var i = 0; i < result.Length; i++) result[i] = checked((int)values[i]);
        return result;
    }

    public float[] Singles(string name) => MemoryMarshal.Cast<byte, float>(Raw(name, "F32")).ToArray();

    public byte[] Bytes(string name) => Raw(name, "U8").ToArray();

    public bool[] Booleans(string name) => [.. Raw(name, "BOOL").ToArray().Select(b => b != 0)];

    private ReadOnlySpan<byte> Raw(string name, string type)
    {
        var (found, _, start, end) = _entries[name];
        found.ShouldBe(type, name);
        return _data.AsSpan(start, end - start);
    }
}
