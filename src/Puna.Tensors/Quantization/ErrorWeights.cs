namespace Puna.Tensors;

/// <summary>How much the square of a value's error counts where no importance is known: large weights move a model's output more than small ones.</summary>
internal enum WeightRule
{
    /// <summary>Root mean square of the group plus |x|.</summary>
    Level,

    /// <summary>|x|, and a little for values near zero.</summary>
    Size,
}

/// <summary>Weights of squared errors for the searches.</summary>
internal static class ErrorWeights
{
    /// <summary>Weights of a group. Given importances are multiplied with √(mean square + x²), so that a rare large value is not given up for many small ones.</summary>
    public static void Fill(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, WeightRule rule, Span<float> weights)
    {
        var sum = 0f;
        foreach (var value in values) sum += value * value;
        var square = sum / values.Length;
        var level = MathF.Sqrt(square);
        for (var i = 0; i < values.Length; i++)
        {
            var size = MathF.Abs(values[i]);
            weights[i] = !importance.IsEmpty ? importance[i] * MathF.Sqrt(square + (size * size)) : ((rule == WeightRule.Level ? 1 : 0.01f) * level) + size;
        }
    }
}
