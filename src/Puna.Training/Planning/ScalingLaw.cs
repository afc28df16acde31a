namespace Puna.Training;

/// <summary>A size and a number of tokens.</summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
public readonly record struct ModelAndData(double Parameters, double Tokens)
{
    /// <summary>C = 6·N·D, operations of training without attention's own.</summary>
    public double TrainingFlops => 6 * Parameters * Tokens;
}

/// <summary>
/// The parametric law of Hoffmann et al. 2022 (Chinchilla, 2203.15556, section 3.3): L(N, D) = E + A/N^α + B/D^β nats a token.
/// Its constants belong to the text, tokenizer and architecture that it was fitted on; on others only its shape carries over.
/// </summary>
/// <param name="Irreducible">E, the loss that no size and no amount of text goes below.</param>
/// <param name="A">Numerator of the term of the size.</param>
/// <param name="B">Numerator of the term of the data.</param>
/// <param name="Alpha">α.</param>
/// <param name="Beta">β.</param>
public sealed record ScalingLaw(double Irreducible, double A, double B, double Alpha, double Beta)
{
    /// <summary>Tokens a parameter at the optimum, by the rule of thumb that Hoffmann et al. 2022 left behind (table 3 gives 20.2 for 10 B).</summary>
    public const double TokensPerParameter = 20;

    /// <summary>As Hoffmann et al. 2022 print it.</summary>
    public static ScalingLaw Chinchilla { get; } = new(1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>The refit of the same runs by Besiroglu et al. 2024 (2404.10102), which agrees with Chinchilla's other two approaches as the printed one does not.</summary>
    public static ScalingLaw Besiroglu { get; } = new(1.8172, 482.01, 2085.43, 0.3478, 0.3658);

    /// <summary>a in N* ~ C^a: β/(α + β).</summary>
    public double SizeExponent => Beta / (Alpha + Beta);

    /// <summary>b in D* ~ C^b: α/(α + β).</summary>
    public double DataExponent => Alpha / (Alpha + Beta);

    private double G => Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta));

    /// <summary>L(N, D).</summary>
    public double Loss(double parameters, double tokens) => Irreducible + (A / Math.Pow(parameters, Alpha)) + (B / Math.Pow(tokens, Beta));

    /// <summary>The size and tokens of least loss at C = 6·N·D: N* = G·(C/6)^a, D* = (C/6)^b / G.</summary>
    /// <param name="flops">C.</param>
    public ModelAndData Optimum(double flops) => new(G * Math.Pow(flops / 6, SizeExponent), Math.Pow(flops / 6, DataExponent) / G);

    /// <summary>The tokens for which a size is the best one.</summary>
    /// <param name="parameters">N.</param>
    public double OptimalTokens(double parameters) => Optimum(6 * Math.Pow(parameters / G, 1 / SizeExponent)).Tokens;

    /// <summary>D with L(N, D) = loss; infinity where the size alone is too small, however long it is trained.</summary>
    public double TokensFor(double parameters, double loss)
    {
        var left = loss - Irreducible - (A / Math.Pow(parameters, Alpha));
        return left > 0 ? Math.Pow(B / left, 1 / Beta) : double.PositiveInfinity;
    }

    /// <summary>The size that no training takes to the loss: every size that can is larger.</summary>
    /// <exception cref="InvalidDataException">The loss is not above the irreducible one.</exception>
    public double LeastParameters(double loss) => Math.Pow(A / (Above(loss) - Irreducible), 1 / Alpha);

    private double Above(double loss) => loss > Irreducible
        ? loss
        : throw new InvalidDataException(FormattableString.Invariant($"a loss of {loss:0.###} cannot be reached: the law's irreducible loss is {Irreducible:0.####}, which no size and no amount of text goes below; ask for more than that"));
}
