namespace Puna.Training;

/// <summary>What one optimizer step did.</summary>
/// <param name="Step">1-based.</param>
/// <param name="Loss">Mean over the step's label tokens, nats.</param>
/// <param name="GradientNorm">Global L2 norm before clipping.</param>
/// <param name="LearningRate">Rate used.</param>
/// <param name="Tokens">Positions computed, B·T·micro-batches.</param>
/// <param name="LabelTokens">Positions with a loss.</param>
public readonly record struct StepResult(int Step, double Loss, double GradientNorm, double LearningRate, long Tokens, long LabelTokens)
{
    /// <summary>Whether loss or gradient was not finite, so that the gradient was thrown away and the weights stayed.</summary>
    public bool IsSkipped { get; init; }
}
