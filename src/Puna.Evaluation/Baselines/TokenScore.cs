namespace Puna.Evaluation;

/// <summary>How well tokens were predicted.</summary>
/// <param name="Loss">Mean of −ln p(token), nats per token.</param>
/// <param name="Accuracy">Share of tokens that were the most probable one (ties to the lower id), in [0, 1].</param>
/// <param name="Count">Number of tokens scored.</param>
public readonly record struct TokenScore(double Loss, double Accuracy, long Count)
{
    /// <summary>exp(loss).</summary>
    public double Perplexity => Math.Exp(Loss);
}
