using System.CommandLine;
using System.Globalization;

namespace Puna.Cli.Options;

/// <summary>Options that hold a size in bytes: a number, and K, M, G or T for times 1024 once to four times.</summary>
internal static class SizeOption
{
    /// <summary>A size; null where it is not given.</summary>
    public static Option<long?> Create(string name, string description, long least) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var bytes) && bytes >= least) return bytes;
            result.AddError($"{name} {text}: use a size of at least {least >> 20}M, for example 512M or 2G");
            return null;
        },
    };

    internal static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        if (text.EndsWith("iB", StringComparison.OrdinalIgnoreCase)) text = text[..^2];
        else if (text.EndsWith("B", StringComparison.OrdinalIgnoreCase)) text = text[..^1];
        var power = text.IsEmpty ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        if (power >= 0) text = text[..^1];
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        var size = number * Math.Pow(1024, power + 1);
        if (!(size < long.MaxValue)) return false;
        bytes = (long)size;
        return true;
    }
}
