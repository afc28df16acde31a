namespace Puna.Hub;

/// <summary>Where a transfer says what it does. Calls come from one thread at a time.</summary>
public interface ITransferDisplay
{
    /// <summary>A stage begins, for example «download».</summary>
    void Stage(string name);

    /// <summary>A line worth reading: a licence, a choice, a second attempt.</summary>
    void Say(string line);

    /// <summary>How far the stage is, 0 to 1.</summary>
    void Progress(double share);
}
