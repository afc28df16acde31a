using System.Globalization;

namespace Puna.Experiments.Recipes;

/// <summary>The numbers that a key may hold.</summary>
/// <param name="Minimum">Smallest.</param>
/// <param name="Maximum">Largest; infinity for none.</param>
/// <param name="AboveMinimum">Whether the smallest itself is excluded.</param>
/// <param name="BelowMaximum">Whether the largest itself is excluded.</param>
internal readonly record struct NumberRange(double Minimum, double Maximum, bool AboveMinimum = false, bool BelowMaximum = false)
{
    public static readonly NumberRange Positive = new(0, double.PositiveInfinity, AboveMinimum: true);
    public static readonly NumberRange NotNegative = new(0, double.PositiveInfinity);
    public static readonly NumberRange Share = new(0, 1);
    public static readonly NumberRange BelowOne = new(0, 1, BelowMaximum: true);
    public static readonly NumberRange PositiveShare = new(0, 1, AboveMinimum: true);

    public bool Contains(double value) =>
        (AboveMinimum ? value > Minimum : value >= Minimum) && (BelowMaximum ? value < Maximum : value <= Maximum);

    public override string ToString()
    {
        var lower = Minimum.ToString(CultureInfo.InvariantCulture);
        var upper = Maximum.ToString(CultureInfo.InvariantCulture);
        if (double.IsPositiveInfinity(Maximum)) return AboveMinimum ? $"a number above {lower}" : $"a number of at least {lower}";
        return $"a number from {lower}{(AboveMinimum ? " (excluded)" : "")} to {upper}{(BelowMaximum ? " (excluded)" : "")}";
    }
}
