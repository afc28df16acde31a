namespace Puna.Text;

/// <summary>Files that are there whole or not at all: written beside their place, flushed to the disk, renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream; missing folders are made.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="check">Looks at what was written, under the temporary name that it is given; if it throws, nothing is replaced.</param>
    /// <exception cref="IOException">The disk is full or not writable; the temporary file is removed and an older file of that name is untouched.</exception>
    public static void Write(string path, Action<Stream> write, Action<string>? check = null)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            check?.Invoke(temporary);
            File.Move(temporary, full, overwrite: true);
            // Within a folder that is being filled its own end flushes the names, all at once.
            if (!AtomicFolder.IsTemporary(folder)) FolderFlush.Try(folder);
        }
        catch (ArgumentOutOfRangeException exception) when (exception.ParamName == "value")
        {
            // What .NET makes of EFBIG.
            throw new IOException($"{Path.GetFileName(full)} grows larger than the file system, or a limit on the size of files, allows", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Gives a file that was written piece by piece under another name in the same folder its own name: flushed first, then renamed.</summary>
    /// <param name="part">The file as it was written.</param>
    /// <param name="path">Its name; an existing file is replaced.</param>
    /// <exception cref="IOException">The disk is full or not writable; both files are as they were.</exception>
    public static void Adopt(string part, string path)
    {
        var full = Path.GetFullPath(path);
        using (var stream = new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) stream.Flush(flushToDisk: true);
        File.Move(part, full, overwrite: true);
        FolderFlush.Try(Path.GetDirectoryName(full)!);
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="IOException">As above.</exception>
    public static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>Writes UTF-8 text without a byte order mark.</summary>
    /// <exception cref="IOException">As above.</exception>
    public static void WriteText(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));
}
