namespace Puna.Hub;

/// <summary>What to pull.</summary>
/// <param name="Name">The model.</param>
public sealed record PullOptions(ModelName Name)
{
    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>The folder; null for one of the model's name in the current folder.</summary>
    public string? Output { get; init; }

    /// <summary>Which files.</summary>
    public FileSelection Selection { get; init; } = new([], []);

    /// <summary>Whether files of these names with another content are replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>A file that was pulled.</summary>
/// <param name="Path">Its name in the repository.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">What it was checked by, as in <c>sha256 …</c>.</param>
/// <param name="WasThere">Whether it was there already, whole and right.</param>
public sealed record PulledFile(string Path, long Bytes, string Checksum, bool WasThere);

/// <summary>What became of a pull.</summary>
/// <param name="Folder">Where the files are.</param>
/// <param name="Commit">The commit that all of them belong to.</param>
/// <param name="Licence">The licence; null where none is stated.</param>
/// <param name="Files">The files.</param>
/// <param name="LeftOut">How many files of the repository were not asked for.</param>
public sealed record PullResult(string Folder, string Commit, HubLicence? Licence, IReadOnlyList<PulledFile> Files, int LeftOut);
