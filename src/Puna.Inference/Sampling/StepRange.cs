namespace Puna.Inference;

/// <summary>The check that all steps make on their settings.</summary>
internal static class StepRange
{
    /// <summary>Returns a value that lies in [minimum, maximum]; NaN never does.</summary>
    public static double Check(double value, double minimum, double maximum, string name)
    {
        if (value >= minimum && value <= maximum) return value;
        var range = maximum == double.MaxValue ? $"a finite number of at least {minimum}" : $"between {minimum} and {maximum}";
        throw new ArgumentOutOfRangeException(name, $"{name} is {value}; it must be {range}.");
    }

    /// <summary>Returns how many tokens a step must leave, if that is at least one.</summary>
    public static int CheckKeep(int minimumKept)
    {
        if (minimumKept >= 1) return minimumKept;
        throw new ArgumentOutOfRangeException(nameof(minimumKept), $"A sampler step must leave at least 1 token, not {minimumKept}.");
    }
}
