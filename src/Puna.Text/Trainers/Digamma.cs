namespace Puna.Text;

/// <summary>The logarithmic derivative of the gamma function. Source: Abramowitz and Stegun, «Handbook of Mathematical Functions», 6.3.5 and 6.3.18.</summary>
internal static class Digamma
{
    /// <summary>For x above 0.</summary>
    public static double Of(double x)
    {
        var result = 0.0;
        for (; x < 10; x++) result -= 1 / x;
        var square = 1 / (x * x);
        return result + Math.Log(x) - (0.5 / x) - (square * ((1.0 / 12) - (square * ((1.0 / 120) - (square * ((1.0 / 252) - (square / 240)))))));
    }
}
