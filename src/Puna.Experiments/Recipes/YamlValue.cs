using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>Typed values out of YAML nodes, and what a node looks like in an error.</summary>
internal static class YamlValue
{
    public static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    public static string Text(YamlNode node) =>
        node is YamlScalarNode { Value: { } value } ? value : throw RecipeValueException.MustBe("text", Show(node));

    public static bool Flag(YamlNode node) => (node as YamlScalarNode)?.Value switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => throw RecipeValueException.MustBe("true or false", Show(node)),
    };

    public static long Whole(YamlNode node, long minimum, long maximum)
    {
        if (node is YamlScalarNode { Value: { } text } && TryWhole(text, out var value) && value >= minimum && value <= maximum) return value;
        throw RecipeValueException.MustBe(WholeType(minimum, maximum), Show(node));
    }

    public static double Number(YamlNode node, NumberRange range)
    {
        if (node is YamlScalarNode { Value: { } text } && TryNumber(text, out var value) && range.Contains(value)) return value;
        throw RecipeValueException.MustBe(range.ToString(), Show(node));
    }

    public static IReadOnlyList<YamlNode> Items(YamlNode node, string expected) =>
        node is YamlSequenceNode list ? [.. list.Children] : throw RecipeValueException.MustBe(expected, Show(node));

    public static string WholeType(long minimum, long maximum) =>
        maximum is int.MaxValue or long.MaxValue ? $"a whole number of at least {minimum}" : $"a whole number from {minimum} to {maximum}";

    /// <summary>The node in a few words, for an error.</summary>
    public static string Show(YamlNode node) => node switch
    {
        YamlMappingNode => "a mapping",
        YamlSequenceNode list => $"a list of {list.Children.Count}",
        YamlScalarNode { Value: { Length: > 60 } value } => $"'{value[..57]}…'",
        YamlScalarNode { Value: { Length: > 0 } value } => $"'{value}'",
        _ => "empty",
    };

    private static bool TryWhole(string text, out long value)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return true;
        // 1e3 and 1000.0 are whole as well.
        if (!TryNumber(text, out var number) || number != Math.Floor(number) || Math.Abs(number) > 1e15) return false;
        value = (long)number;
        return true;
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
