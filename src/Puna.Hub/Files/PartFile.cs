using Puna.Text;

namespace Puna.Hub;

/// <summary>A file that has arrived in part, and the note of what it is a part of. A part without a fitting note is thrown away.</summary>
internal sealed class PartFile
{
    private readonly DownloadItem _item;
    private readonly string _note;

    public PartFile(DownloadItem item)
    {
        (_item, Path, _note) = (item, item.Target + RemotePath.PartSuffix, item.Target + RemotePath.NoteSuffix);
        if (!File.Exists(Path)) return;
        var lines = File.Exists(_note) && new FileInfo(_note).Length < 1 << 12 ? File.ReadAllLines(_note) : [];
        if (lines.Length > 0 && lines[0] == item.Hash.ToString() && Length <= item.Size) ETag = lines.Length > 1 && lines[1].Length > 2 ? lines[1] : null;
        else Delete();
    }

    public string Path { get; }

    /// <summary>The strong entity tag that the bytes came with; null where there was none.</summary>
    public string? ETag { get; private set; }

    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Empties it for a beginning.</summary>
    public void Begin(string? eTag)
    {
        using (var file = new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.None, 1)) file.SetLength(0);
        ETag = eTag;
        AtomicFile.WriteText(_note, $"{_item.Hash}\n{eTag}\n");
    }

    /// <summary>Opens it to go on; nobody else may write meanwhile.</summary>
    /// <exception cref="IOException">Another process writes it, or the disk fails.</exception>
    public FileStream Open(long offset)
    {
        var file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1);
        file.SetLength(offset);
        file.Seek(offset, SeekOrigin.Begin);
        return file;
    }

    /// <summary>Writes to what <see cref="Open"/> gave.</summary>
    /// <exception cref="IOException">The disk is full, or the file grows too large for it.</exception>
    public void Write(FileStream file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            file.Write(bytes);
        }
        catch (ArgumentOutOfRangeException exception) when (exception.ParamName == "value")
        {
            // What .NET makes of EFBIG.
            throw new IOException($"{Path} grows larger than the file system, or a limit on the size of files, allows", exception);
        }
    }

    public void Delete()
    {
        ETag = null;
        File.Delete(Path);
        File.Delete(_note);
    }
}
