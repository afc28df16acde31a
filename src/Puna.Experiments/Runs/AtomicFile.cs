using System.Text;

namespace Puna.Experiments.Runs;

/// <summary>Writes files that are there whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Ending of the temporary names.</summary>
    internal const string TemporaryExtension = ".tmp";

    /// <summary>Writes text as UTF-8 to a temporary name in the same folder, flushes it to the disk and renames it. A reader sees the old file or the new one.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="text">What it shall hold.</param>
    public static void WriteText(string path, string text) => WriteBytes(path, new UTF8Encoding(false).GetBytes(text));

    /// <summary>The same for bytes.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="bytes">What it shall hold.</param>
    public static void WriteBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + TemporaryExtension;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    // The first error is the one worth telling.
    private static void TryDelete(string path)
    {
        try { File.Delete(path); }
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
    }
}
