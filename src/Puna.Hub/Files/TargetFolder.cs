using Puna.Text;

namespace Puna.Hub;

/// <summary>The folder that files arrive in. Nothing is written outside of it, whatever a server calls its files and whatever links lie in it.</summary>
internal sealed class TargetFolder
{
    /// <exception cref="InvalidDataException">There is a file of that name.</exception>
    public TargetFolder(string path)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(Root)) throw new InvalidDataException($"{path} is a file; files arrive in a folder, give another with --output");
    }

    /// <summary>Full path.</summary>
    public string Root { get; }

    /// <summary>Where a file goes; its folders need not be there yet.</summary>
    /// <param name="remote">Its name as the server gives it.</param>
    /// <exception cref="InvalidDataException">The name leads elsewhere, or a link does.</exception>
    public string PathOf(string remote)
    {
        var parts = RemotePath.Check(remote);
        var path = Root;
        foreach (var part in parts)
        {
            path = Path.Combine(path, part);
            foreach (var name in part == parts[^1] ? (string[])[path, path + RemotePath.PartSuffix, path + RemotePath.NoteSuffix] : [path])
                if (new FileInfo(name).LinkTarget is not null) throw new InvalidDataException($"{name} is a link, and files are not written through links; remove it or give another folder with --output");
        }
        if (!path.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new InvalidDataException($"'{HubText.Clean(remote)}' leads out of {Root}; nothing is written there");
        return path;
    }

    /// <summary>Refuses what the disk has no room for, where the system says how much there is.</summary>
    /// <exception cref="IOException">There is not enough.</exception>
    public void RequireRoom(long bytes)
    {
        if (DiskSpace.Free(Root) is { } free && bytes > free) throw new IOException($"{Root}: {HubText.Bytes(bytes)} are still to come and the disk has {HubText.Bytes(free)} left; make room, or give another folder with --output");
    }
}
