namespace Puna.Training;

/// <summary>AdamW and clipping. Defaults: Llama's (LLaMA section 2.3) but for the learning rate.</summary>
public sealed record AdamWOptions
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>β₁.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>ε, added to the root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ, for tensors of two or more dimensions.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest global L2 norm of the gradient; 0 for no clipping.</summary>
    public double MaxGradientNorm { get; init; } = 1.0;
}
