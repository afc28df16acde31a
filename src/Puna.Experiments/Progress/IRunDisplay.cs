using Puna.Training;

namespace Puna.Experiments;

/// <summary>Where a run says what it does. The command line draws it on a terminal; a test may keep it.</summary>
public interface IRunDisplay
{
    /// <summary>A stage begins, for example «train the tokenizer».</summary>
    void Stage(string name);

    /// <summary>A line worth reading: a result, a choice, a warning.</summary>
    void Say(string line);

    /// <summary>How far a piece of work is, 0 to 1.</summary>
    void Progress(double share);

    /// <summary>A training step.</summary>
    void Step(in TrainingProgress progress);
}

/// <summary>Says nothing.</summary>
public sealed class SilentDisplay : IRunDisplay
{
    /// <inheritdoc/>
    public void Stage(string name)
    {
    }

    /// <inheritdoc/>
    public void Say(string line)
    {
    }

    /// <inheritdoc/>
    public void Progress(double share)
    {
    }

    /// <inheritdoc/>
    public void Step(in TrainingProgress progress)
    {
    }
}
