namespace Puna.Hub;

/// <summary>What to push.</summary>
/// <param name="Path">A model's folder, or a file that holds one.</param>
/// <param name="Name">The model on the hub.</param>
/// <param name="Card">The card for a model that has no <c>README.md</c> of its own, see <see cref="ModelCard"/>.</param>
public sealed record PushOptions(string Path, ModelName Name, string Card)
{
    /// <summary>Names of files that stay here.</summary>
    public IReadOnlyList<string> LeaveOut { get; init; } = [];

    /// <summary>Whether a repository that is made is private, and one that is there must be.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>The branch.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>The commit's message.</summary>
    public string Message { get; init; } = "Model pushed with puna";
}

/// <summary>What became of a push.</summary>
/// <param name="Commit">The commit made; null where the hub had everything already.</param>
/// <param name="Address">Where the model is seen.</param>
/// <param name="Files">Files that are there now.</param>
/// <param name="Unchanged">How many of them were there already.</param>
/// <param name="UploadedBytes">Bytes of large files that were sent.</param>
/// <param name="Card">Where the card came from: written, kept (of the folder), or the hub's.</param>
public sealed record PushResult(string? Commit, Uri Address, IReadOnlyList<string> Files, int Unchanged, long UploadedBytes, string Card);
