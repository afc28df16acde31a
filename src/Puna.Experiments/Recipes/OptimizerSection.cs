namespace Puna.Experiments.Recipes;

/// <summary>The optimizers a recipe can name.</summary>
public enum OptimizerName
{
    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,
}

/// <summary>The optimizer of a run.</summary>
public sealed record OptimizerSection
{
    /// <summary>The algorithm.</summary>
    public OptimizerName Name { get; init; } = OptimizerName.AdamW;

    /// <summary>Learning rate at the top of the schedule.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the mean of the gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of their squares.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the mean of squares.</summary>
    public double Eps { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The gradient is scaled down to this norm; 0 means never.</summary>
    public double MaxGradNorm { get; init; } = 1.0;
}
