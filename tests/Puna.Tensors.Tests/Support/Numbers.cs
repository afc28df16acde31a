using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Random inputs and measures of error.</summary>
internal static class Numbers
{
    /// <summary>Numbers from the standard normal distribution, the same for the same seed.</summary>
    public static double[] Normal(long count, ulong seed)
    {
        var random = new CounterRandom(seed);
        var values = new double[count];
        for (var i = 0; i < values.Length; i++) values[i] = random.NextNormal();
        return values;
    }

    /// <summary>Whole numbers in [0, <paramref name="below"/>).</summary>
    public static int[] Below(int below, int count, ulong seed)
    {
        var random = new CounterRandom(seed);
        var values = new int[count];
        for (var i = 0; i < count; i++) values[i] = random.Next(below);
        return values;
    }

    /// <summary>
    /// |actual − expected| in the L2 norm, relative to expected; relative to <paramref name="least"/> where expected is smaller (a gradient
    /// that is zero but for rounding), and absolute where both are zero.
    /// </summary>
    public static double RelativeL2(double[] actual, double[] expected, double least = 0)
    {
        actual.Length.ShouldBe(expected.Length);
        double difference = 0, size = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        size = Math.Max(size, least * least);
        return Math.Sqrt(difference / (size == 0 ? 1 : size));
    }

    /// <summary>The largest |actual − expected| / max(1, |expected|); NaN where either has one.</summary>
    public static double Largest(double[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        var largest = 0.0;
        for (var i = 0; i < actual.Length; i++) largest = Math.Max(largest, Math.Abs(actual[i] - expected[i]) / Math.Max(1, Math.Abs(expected[i])));
        return largest;
    }
}
