using System.Runtime.InteropServices;

namespace Puna.Text;

/// <summary>Flushes a folder's list of names to the disk, so that a rename survives a power cut too. .NET opens no folders, hence the system's own calls.</summary>
internal static partial class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Flushes one folder.</summary>
    /// <returns>Whether it was done; false on Windows, which has no such call, and on file systems that refuse it.</returns>
    public static bool Try(string folder)
    {
        if (OperatingSystem.IsWindows()) return false;
        try
        {
            var handle = Open(folder, ReadOnly);
            if (handle < 0) return false;
            var isDone = Sync(handle) == 0;
            return Close(handle) == 0 && isDone;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
