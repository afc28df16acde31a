namespace Puna.Text;

/// <summary>Folders that are there whole or not at all: filled under a temporary name beside their place, then renamed.</summary>
public static class AtomicFolder
{
    /// <summary>Writes a folder; one that is there already is replaced at the end, and kept if anything fails.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="write">Fills the folder whose path it is given.</param>
    /// <exception cref="IOException">The disk is full or not writable; the temporary folder is removed.</exception>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(parent);
        var stem = Path.Combine(parent, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}");
        var (temporary, old) = (stem + ".tmp", stem + ".old");
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            if (Directory.Exists(full)) Directory.Move(full, old);
            Directory.Move(temporary, full);
        }
        finally
        {
            if (Directory.Exists(old) && !Directory.Exists(full)) Directory.Move(old, full);
            foreach (var leftover in (string[])[temporary, old])
            {
                if (Directory.Exists(leftover)) Directory.Delete(leftover, recursive: true);
            }
        }
    }
}
