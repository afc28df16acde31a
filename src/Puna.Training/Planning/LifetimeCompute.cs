namespace Puna.Training;

/// <summary>What a model costs over its life: 6·N·D to train, 2·N a token to serve.</summary>
/// <param name="Model">N and D.</param>
/// <param name="ServedTokens">Tokens that it reads and writes in use.</param>
public readonly record struct Lifetime(ModelAndData Model, double ServedTokens)
{
    /// <summary>6·N·D.</summary>
    public double TrainingFlops => Model.TrainingFlops;

    /// <summary>2·N a token served.</summary>
    public double InferenceFlops => 2 * Model.Parameters * ServedTokens;

    /// <summary>Both.</summary>
    public double TotalFlops => TrainingFlops + InferenceFlops;
}

/// <summary>
/// The cheapest way to a loss when the model will also be used (Sardana et al. 2024, Beyond Chinchilla-Optimal, 2401.00448, equation 2):
/// min over N of 6·N·D + 2·N·S with L(N, D) = loss. S = 0 gives Chinchilla's point of that loss; the more is served, the smaller and
/// the longer trained the best model, which is the argument of LLaMA's introduction.
/// </summary>
/// <param name="law">L.</param>
/// <param name="loss">The loss to reach.</param>
public sealed class LifetimeCompute(ScalingLaw law, double loss)
{
    private const int Steps = 200;
    private readonly double _least = law.LeastParameters(loss);

    /// <summary>The life of a size that is trained until it has the loss; D is infinite where it never has.</summary>
    public Lifetime Of(double parameters, double servedTokens) => new(new(parameters, law.TokensFor(parameters, loss)), servedTokens);

    /// <summary>The size of least total for so many tokens served.</summary>
    public Lifetime Best(double servedTokens)
    {
        // In ln N the total falls from the least size, where D is infinite, to one minimum and then rises: golden section.
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(_least), Math.Log(_least) + Math.Log(1e6));
        var (left, right) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
        for (var step = 0; step < Steps; step++)
        {
            if (Total(left, servedTokens) <= Total(right, servedTokens)) (high, right, left) = (right, left, right - (ratio * (right - low)));
            else (low, left, right) = (left, right, left + (ratio * (high - left)));
        }
        return Of(Math.Exp((low + high) / 2), servedTokens);
    }

    /// <summary>The served tokens from which on the smaller of two sizes costs less in all: S with equal totals; infinity where the smaller one never has the loss.</summary>
    public double Crossing(double smaller, double larger)
    {
        var (few, many) = (Of(larger, 0), Of(smaller, 0));
        return Math.Max(0, (many.TrainingFlops - few.TrainingFlops) / (2 * (larger - smaller)));
    }

    private double Total(double logParameters, double servedTokens) => Of(Math.Exp(logParameters), servedTokens).TotalFlops;
}
