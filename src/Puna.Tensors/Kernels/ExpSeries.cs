namespace Puna.Tensors;

/// <summary>Constants of the single-precision exponential: Taylor's coefficients, good to 2·10⁻⁸ over ±ln 2 / 2, and ln 2 in two parts.</summary>
internal static class ExpSeries
{
    public const float Lowest = -104f;
    public const float Highest = 89f;
    public const float Log2E = 1.44269504f;
    public const float Shift = 12582912f; // 1.5 · 2^23
    public const float Ln2High = 0.693359375f;
    public const float Ln2Low = -2.12194440e-4f;
    public const float C2 = 0.5f;
    public const float C3 = 0.16666667f;
    public const float C4 = 0.041666668f;
    public const float C5 = 0.008333334f;
    public const float C6 = 0.0013888889f;
    public const float C7 = 1.9841270e-4f;
}
