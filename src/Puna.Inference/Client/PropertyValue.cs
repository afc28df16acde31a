using System.Globalization;
using System.Text.Json;

namespace Puna.Inference;

/// <summary>Values of additional properties, which may come as C# numbers or out of JSON.</summary>
internal static class PropertyValue
{
    /// <exception cref="InvalidDataException">It is no number.</exception>
    public static double Number(string name, object? value) => value switch
    {
        double number => number,
        float number => Widen(number),
        decimal number => (double)number,
        int or long or short or byte or uint => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        JsonElement { ValueKind: JsonValueKind.Number } json => json.GetDouble(),
        _ => throw Wrong(name, value, "a number"),
    };

    /// <summary>The double of the same decimal digits: 0.7f becomes 0.7 and not 0.699999988.</summary>
    public static double Widen(float number) => Math.Abs(number) < 1e20f ? (double)(decimal)number : number;

    /// <exception cref="InvalidDataException">It is no whole number that fits 32 bits.</exception>
    public static int Whole(string name, object? value)
    {
        var number = Number(name, value);
        return number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : throw Wrong(name, value, "a whole number");
    }

    /// <exception cref="InvalidDataException">It is no text.</exception>
    public static string Text(string name, object? value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        _ => throw Wrong(name, value, "a string"),
    };

    /// <exception cref="InvalidDataException">It is neither true nor false.</exception>
    public static bool Flag(string name, object? value) => value switch
    {
        bool flag => flag,
        JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False } json => json.GetBoolean(),
        _ => throw Wrong(name, value, "true or false"),
    };

    public static InvalidDataException Wrong(string name, object? value, string wanted) =>
        new($"AdditionalProperties[\"{name}\"] is {(value is null ? "null" : $"'{value}' ({value.GetType().Name})")}; it must be {wanted}");
}
