namespace Puna.Text;

/// <summary>Room on the disk, asked before long work fills it.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that are left where a file or folder is or will be; null where the system does not say.</summary>
    public static long? Free(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Refuses to begin a file for which there is no room.</summary>
    /// <exception cref="IOException">There is not enough.</exception>
    public static void Require(string path, long bytes)
    {
        if (Free(path) is { } free && bytes > free) throw new IOException($"{path} would have {bytes:N0} bytes and the disk has {free:N0} left; make room, or give another place");
    }
}
