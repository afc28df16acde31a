using System.Globalization;

namespace Puna.Models;

/// <summary>The key-value pairs of a GGUF file, in its order. Values: see <see cref="Find"/>; getters check the type and name file and key where it is another.</summary>
public sealed class GgufMetadata
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];
    private readonly string _path;

    internal GgufMetadata(string path) => _path = path;

    /// <summary>Every key, in the file's order.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>A value as .NET's own type (byte, sbyte, ushort, short, uint, int, float, bool, string, ulong, long, double, arrays of them, or an object[] of arrays); null where the key is missing.</summary>
    public object? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>A value's type as people name it: uint32, string array, …; null where the key is missing.</summary>
    public string? TypeOf(string key) => Find(key) is { } value ? GgufValues.Describe(value) : null;

    /// <summary>A text; null where the key is missing.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public string? Text(string key) => Find(key) switch { null => null, string text => text, _ => throw Wrong(key, "a text") };

    /// <summary>A whole number of any size; null where the key is missing.</summary>
    /// <exception cref="InvalidDataException">It is something else, or beyond 2^63.</exception>
    public long? Whole(string key) => Find(key) switch
    {
        null => null,
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(Find(key), CultureInfo.InvariantCulture),
        ulong and <= long.MaxValue and var large => (long)large,
        _ => throw Wrong(key, "a whole number"),
    };

    /// <summary>A number; null where the key is missing. Of a single the shortest decimal that stands for it: 1e-5 and not 9.999999747378752e-06.</summary>
    /// <exception cref="InvalidDataException">It is something else, or not finite.</exception>
    public double? Number(string key) => Find(key) switch
    {
        null => null,
        float single when float.IsFinite(single) => double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double number when double.IsFinite(number) => number,
        float or double => throw Wrong(key, "a finite number"),
        _ => Whole(key),
    };

    /// <summary>True or false; null where the key is missing.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public bool? Flag(string key) => Find(key) switch { null => null, bool flag => flag, _ => throw Wrong(key, "true or false") };

    /// <summary>An array of elements of one type; null where the key is missing.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public T[]? Array<T>(string key) => Find(key) switch { null => null, T[] array => array, _ => throw Wrong(key, $"an array of {typeof(T).Name}") };

    internal bool TryAdd(string key, object value)
    {
        if (!_values.TryAdd(key, value)) return false;
        _keys.Add(key);
        return true;
    }

    private InvalidDataException Wrong(string key, string expected)
    {
        var value = Find(key)!;
        var shown = value is Array array ? $"{array.Length} elements" : value is string text ? $"'{(text.Length > 40 ? text[..40] + "…" : text).ReplaceLineEndings(" ")}'" : Convert.ToString(value, CultureInfo.InvariantCulture);
        return new($"gguf: {_path} has {key} = {shown} ({GgufValues.Describe(value)}); {expected} was expected");
    }
}
