using Puna.Text;

namespace Puna.Hub;

/// <summary>A file to push, and its checksums.</summary>
/// <param name="Name">Its name in the repository, with slashes.</param>
/// <param name="Path">Where it is; null where <paramref name="Content"/> is it.</param>
/// <param name="Content">What it holds; null where it is on disk.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">As LFS names it.</param>
/// <param name="GitBlob">As git names it.</param>
internal sealed record LocalFile(string Name, string? Path, byte[]? Content, long Size, ContentHash Sha256, ContentHash GitBlob)
{
    /// <summary>A file that is made here.</summary>
    public static LocalFile Of(string name, byte[] content)
    {
        var (sha256, git) = ContentHash.Both(new MemoryStream(content, writable: false), content.Length, name, null, CancellationToken.None);
        return new LocalFile(name, null, content, content.Length, sha256, git);
    }

    /// <summary>Reads a file's checksums.</summary>
    public static LocalFile Of(LocalName file, Action<int> read, CancellationToken cancellation)
    {
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var (sha256, git) = ContentHash.Both(stream, file.Size, file.Name, read, cancellation);
        return new LocalFile(file.Name, file.Path, null, file.Size, sha256, git);
    }

    /// <summary>Its bytes, from a place on.</summary>
    public Stream Open(long offset = 0)
    {
        Stream stream = Content is { } content ? new MemoryStream(content, writable: false) : new FileStream(Path!, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        stream.Seek(offset, SeekOrigin.Begin);
        return stream;
    }

    /// <summary>The first bytes, by which the hub judges whether it is text.</summary>
    public byte[] Sample(int most)
    {
        using var stream = Open();
        var sample = new byte[(int)Math.Min(most, Size)];
        stream.ReadExactly(sample);
        return sample;
    }

    /// <summary>Whether a repository has this very content under this name.</summary>
    public bool Is(RemoteFile remote) => remote.Path == Name && remote.Size == Size && remote.Hash == (remote.Hash.Kind == HashKind.Sha256 ? Sha256 : GitBlob);
}

/// <summary>A file that is to be pushed, not read yet.</summary>
/// <param name="Name">Its name in the repository.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record LocalName(string Name, string Path, long Size)
{
    /// <summary>What a path holds that may be pushed.</summary>
    /// <param name="path">A folder or a file.</param>
    /// <param name="not">Names that are left out.</param>
    /// <param name="leftOut">Those, hidden files and what is only half there.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing.</exception>
    /// <exception cref="InvalidDataException">There is a link, or too many files.</exception>
    public static IReadOnlyList<LocalName> Find(string path, IReadOnlyList<string> not, out IReadOnlyList<string> leftOut)
    {
        leftOut = [];
        if (File.Exists(path)) return [new LocalName(System.IO.Path.GetFileName(System.IO.Path.GetFullPath(path)), path, FileSize.Of(path))];
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"there is no model folder or file {path}");
        var (found, left) = (new List<LocalName>(), new List<string>());
        Collect(new DirectoryInfo(path), "", not, found, left);
        leftOut = left;
        return found.Count > 0 ? [.. found.OrderBy(file => file.Name, StringComparer.Ordinal)] : throw new InvalidDataException($"{path} holds no files to push");
    }

    private static void Collect(DirectoryInfo folder, string prefix, IReadOnlyList<string> not, List<LocalName> found, List<string> left)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            var name = prefix + entry.Name;
            if (entry.Name[0] == '.' || not.Contains(name) || entry.Name.EndsWith(RemotePath.PartSuffix, StringComparison.Ordinal) || entry.Name.EndsWith(RemotePath.NoteSuffix, StringComparison.Ordinal)) left.Add(name);
            else if (entry.LinkTarget is not null) throw new InvalidDataException($"{entry.FullName} is a link; only files that lie in the folder itself are pushed");
            else if (entry is DirectoryInfo inner) Collect(inner, name + "/", not, found, left);
            else
            {
                RemotePath.Check(name);
                found.Add(new LocalName(name, entry.FullName, ((FileInfo)entry).Length));
                if (found.Count > RemoteListing.MostFiles) throw new InvalidDataException($"more than {RemoteListing.MostFiles} files are to be pushed; name the model's own folder");
            }
        }
    }
}
