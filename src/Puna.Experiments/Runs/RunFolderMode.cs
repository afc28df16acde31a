namespace Puna.Experiments.Runs;

/// <summary>What a run may do with a folder that is there already.</summary>
public enum RunFolderMode
{
    /// <summary>Refuse it unless it is empty.</summary>
    New,

    /// <summary>Go on in it.</summary>
    Resume,

    /// <summary>Delete what an earlier run wrote there, and start again.</summary>
    Overwrite,
}
