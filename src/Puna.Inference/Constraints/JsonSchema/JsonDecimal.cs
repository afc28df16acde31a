using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Puna.Inference;

/// <summary>A number of a JSON text, exactly: <see cref="Unscaled"/> / 10^<see cref="Scale"/>, with as few decimals as it takes.</summary>
internal readonly record struct JsonDecimal(BigInteger Unscaled, int Scale) : IComparable<JsonDecimal>
{
    private const int LargestExponent = 400;
    private const int MostDigits = 1000;

    /// <summary>The number that an element is; null where it is none, or one with more digits than are reckoned with.</summary>
    public static JsonDecimal? Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Number) return null;
        var text = element.GetRawText();
        if (text.Length > MostDigits) return null;
        var e = text.IndexOfAny(['e', 'E']);
        var exponent = 0;
        if (e >= 0 && (!int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > LargestExponent)) return null;
        var digits = e >= 0 ? text[..e] : text;
        var point = digits.IndexOf('.');
        var scale = (point < 0 ? 0 : digits.Length - point - 1) - exponent;
        var unscaled = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (scale < 0) (unscaled, scale) = (unscaled * BigInteger.Pow(10, -scale), 0);
        while (scale > 0 && (unscaled % 10).IsZero) (unscaled, scale) = (unscaled / 10, scale - 1);
        return new JsonDecimal(unscaled, scale);
    }

    public BigInteger Floor()
    {
        var whole = BigInteger.DivRem(Unscaled, BigInteger.Pow(10, Scale), out var rest);
        return rest.Sign < 0 ? whole - 1 : whole;
    }

    public BigInteger Ceiling() => -(-this).Floor();

    /// <summary>Times 10 to a power of at least 0.</summary>
    public JsonDecimal Shifted(int power) => new(Unscaled * BigInteger.Pow(10, power), Scale);

    /// <summary>The least number that is a whole multiple of both, which are above 0.</summary>
    public JsonDecimal LeastCommonMultiple(JsonDecimal other)
    {
        var scale = Math.Max(Scale, other.Scale);
        var (a, b) = (Unscaled * BigInteger.Pow(10, scale - Scale), other.Unscaled * BigInteger.Pow(10, scale - other.Scale));
        var unscaled = a / BigInteger.GreatestCommonDivisor(a, b) * b;
        while (scale > 0 && (unscaled % 10).IsZero) (unscaled, scale) = (unscaled / 10, scale - 1);
        return new JsonDecimal(unscaled, scale);
    }

    public static JsonDecimal operator -(JsonDecimal value) => new(-value.Unscaled, value.Scale);

    public static JsonDecimal Of(BigInteger value) => new(value, 0);

    public int CompareTo(JsonDecimal other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return (Unscaled * BigInteger.Pow(10, scale - Scale)).CompareTo(other.Unscaled * BigInteger.Pow(10, scale - other.Scale));
    }
}
