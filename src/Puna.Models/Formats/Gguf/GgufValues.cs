using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Puna.Models;

/// <summary>
/// Values of GGUF metadata as .NET's own: byte, sbyte, ushort, short, uint, int, float, bool, string, ulong, long, double, and arrays of them; an array of
/// arrays is an object[]. Numbers of the types as in ggml-org/ggml, docs/gguf.md.
/// </summary>
internal static class GgufValues
{
    private const int DeepestNesting = 8;
    private const uint TextCode = 8, ArrayCode = 9;

    private static readonly Type[] Types = [typeof(byte), typeof(sbyte), typeof(ushort), typeof(short), typeof(uint), typeof(int), typeof(float), typeof(bool), typeof(string), typeof(Array), typeof(ulong), typeof(long), typeof(double)];
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

    /// <summary>The least bytes of a value with its type.</summary>
    public const int LeastBytes = 5;

    /// <summary>The value of a key, behind its type.</summary>
    public static object Read(GgufCursor cursor, string key)
    {
        var (value, what) = (cursor.Word($"the type of '{key}'"), $"the value of '{key}'");
        return Read(cursor, value, what, 0);
    }

    public static void Write(BinaryWriter writer, object value)
    {
        writer.Write(Code(value.GetType()));
        WriteBare(writer, value);
    }

    /// <summary>The type as people name it: uint32, string, float32 array, …</summary>
    public static string Describe(object value) => value switch
    {
        object[] and not string[] => "array of arrays",
        Array array => $"{Describe(array.GetType().GetElementType()!)} array",
        _ => Describe(value.GetType()),
    };

    private static string Describe(Type type) => type == typeof(float) ? "float32" : type == typeof(double) ? "float64" : type == typeof(byte) ? "uint8" : type == typeof(sbyte) ? "int8" : type == typeof(bool) ? "bool" : type.Name.ToLowerInvariant();

    private static uint Code(Type type)
    {
        var code = Array.IndexOf(Types, type.IsArray ? typeof(Array) : type);
        return code >= 0 ? (uint)code : throw new ArgumentException($"GGUF metadata cannot hold a {type.Name}");
    }

    private static object Read(GgufCursor cursor, uint type, string what, int depth) => type switch
    {
        TextCode => cursor.Text(what),
        ArrayCode => ReadArray(cursor, what, depth + 1),
        < 13 => Numbers(cursor, type, 1, what).GetValue(0)!,
        _ => throw cursor.Bad($"gives {what} at byte {cursor.Position} the type {type}; the types are 0 to 12"),
    };

    private static Array ReadArray(GgufCursor cursor, string what, int depth)
    {
        if (depth > DeepestNesting) throw cursor.Bad($"nests {what} deeper than {DeepestNesting} arrays");
        var type = cursor.Word($"the element type of {what}");
        if (type > 12) throw cursor.Bad($"gives the elements of {what} the type {type}; the types are 0 to 12");
        var count = cursor.Count($"the elements of {what}", Sizes[type]);
        if (type is not (TextCode or ArrayCode)) return Numbers(cursor, type, count, what);
        var values = type == TextCode ? new string[count] : new object[count];
        for (var i = 0; i < count; i++) values[i] = type == TextCode ? cursor.Text(what) : ReadArray(cursor, what, depth + 1);
        return values;
    }

    private static Array Numbers(GgufCursor cursor, uint type, int count, string what)
    {
        if ((long)count * Sizes[type] > int.MaxValue) throw cursor.Bad($"gives {what} {count} elements, more than one array can hold");
        var bytes = cursor.Take(count * Sizes[type], what);
        if (Types[type] == typeof(bool) && bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at) throw cursor.Bad($"has the byte {bytes[at]} for true or false in {what}");
        var values = Array.CreateInstance(Types[type], count);
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(values), bytes.Length));
        return values;
    }

    private static void WriteBare(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                WriteText(writer, text);
                break;
            case Array array:
                var element = array.GetType().GetElementType()!;
                writer.Write(element == typeof(object) ? ArrayCode : Code(element));
                writer.Write((ulong)array.Length);
                foreach (var item in (IEnumerable)array) WriteBare(writer, item);
                break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new ArgumentException($"GGUF metadata cannot hold a {value.GetType().Name}");
        }
    }

    public static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }
}
