namespace Puna.Text;

/// <summary>How large files are.</summary>
public static class FileSize
{
    /// <summary>Bytes of a file, or of the file that a link leads to: the caches of other programs are made of links, and the length of a link is that of its text.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static long Of(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : file.Length;
    }
}
