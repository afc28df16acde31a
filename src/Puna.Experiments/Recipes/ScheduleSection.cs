namespace Puna.Experiments.Recipes;

/// <summary>The shape of the learning rate after the warm-up.</summary>
public enum ScheduleName
{
    /// <summary>Half a cosine wave from the top down to <see cref="ScheduleSection.FinalFraction"/>.</summary>
    Cosine,

    /// <summary>The top all the way; <see cref="ScheduleSection.FinalFraction"/> does not matter.</summary>
    Constant,
}

/// <summary>The learning rate over the steps.</summary>
public sealed record ScheduleSection
{
    /// <summary>The shape after the warm-up.</summary>
    public ScheduleName Name { get; init; } = ScheduleName.Cosine;

    /// <summary>Steps over which the rate rises from 0 to the top. More than the run has steps is allowed: such a run ends while warming up.</summary>
    public int WarmupSteps { get; init; } = 50;

    /// <summary>What is left of the top rate at the last step.</summary>
    public double FinalFraction { get; init; } = 0.1;

    /// <summary>The step at which the final fraction is reached; null means the last. A schedule may be longer than its training, as Llama 3's.</summary>
    public int? DecaySteps { get; init; }
}
