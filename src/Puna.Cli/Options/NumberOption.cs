using System.CommandLine;
using System.Globalization;

namespace Puna.Cli.Options;

/// <summary>Options that hold a number in a range; what is outside is refused with the range.</summary>
internal static class NumberOption
{
    /// <summary>A whole number; null where it is not given.</summary>
    public static Option<int?> Whole(string name, string description, int least, int most = int.MaxValue, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
            result.AddError(most == int.MaxValue ? $"{name} {text}: use a whole number of at least {least}" : $"{name} {text}: use a whole number from {least} to {most}");
            return null;
        },
    };

    /// <summary>Whole numbers, separated by commas or given one after the other; none where it is not given.</summary>
    public static Option<int[]> List(string name, string description, int least, int most = int.MaxValue, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "N,N",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var numbers = new List<int>();
            foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',')))
            {
                if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) numbers.Add(value);
                else result.AddError(most == int.MaxValue ? $"{name} {text}: use whole numbers of at least {least}, separated by commas" : $"{name} {text}: use whole numbers from {least} to {most}, separated by commas");
            }
            return [.. numbers];
        },
    };

    /// <summary>A seed.</summary>
    public static Option<long?> Seed(string description) => new("--seed", "-s")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
            result.AddError($"--seed {text}: use a whole number of at least 0");
            return null;
        },
    };

    /// <summary>A number with decimals; null where it is not given.</summary>
    public static Option<double?> Real(string name, string description, double least, double most = double.PositiveInfinity, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= least && value <= most) return value;
            result.AddError(double.IsInfinity(most) ? $"{name} {text}: use a number of at least {least}" : $"{name} {text}: use a number from {least} to {most}");
            return null;
        },
    };
}
