namespace Puna.Training;

/// <summary>Shapes of a schedule after its warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Half a cosine down to the final fraction.</summary>
    Cosine,

    /// <summary>A straight line down to the final fraction.</summary>
    Linear,

    /// <summary>The peak throughout.</summary>
    Constant,
}

/// <summary>
/// Learning rate over the steps, t from 1: peak·t/W up to W; then with p = (t − W)/(S − W):
/// f·peak + (1 − f)·peak·½(1 + cos πp) for cosine. LLaMA section 2.3; the final fraction f is 0.1 there.
/// </summary>
/// <param name="Shape">What follows the warm-up.</param>
/// <param name="Peak">Peak learning rate.</param>
/// <param name="WarmupSteps">W.</param>
/// <param name="Steps">S.</param>
/// <param name="FinalFraction">f.</param>
public sealed record LearningRateSchedule(ScheduleShape Shape, double Peak, int WarmupSteps, int Steps, double FinalFraction)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">1-based.</param>
    public double At(int step)
    {
        if (step <= WarmupSteps) return Peak * step / WarmupSteps;
        if (Shape == ScheduleShape.Constant) return Peak;
        var progress = Steps > WarmupSteps ? Math.Min(1, (step - WarmupSteps) / (double)(Steps - WarmupSteps)) : 1;
        var remaining = Shape == ScheduleShape.Cosine ? 0.5 * (1 + Math.Cos(Math.PI * progress)) : 1 - progress;
        return Peak * (FinalFraction + ((1 - FinalFraction) * remaining));
    }
}
