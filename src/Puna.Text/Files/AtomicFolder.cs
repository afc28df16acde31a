namespace Puna.Text;

/// <summary>Folders that are there whole or not at all: filled under a temporary name beside their place, then renamed.</summary>
public static class AtomicFolder
{
    /// <summary>Writes a folder; one that is there already is replaced at the end, and kept if anything fails.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="write">Fills the folder whose path it is given, with files that it flushes to the disk, as <see cref="AtomicFile"/> does.</param>
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
            FolderFlush.Try(temporary);
            if (Directory.Exists(full)) Directory.Move(full, old);
            Directory.Move(temporary, full);
            FolderFlush.Try(parent);
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

    /// <summary>Deletes a folder so that it is there whole or not at all: it loses its name first.</summary>
    /// <param name="path">The folder; may be missing.</param>
    /// <exception cref="IOException">It cannot be renamed or emptied.</exception>
    public static void Delete(string path)
    {
        if (!Directory.Exists(path)) return;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var doomed = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        Directory.Move(full, doomed);
        Directory.Delete(doomed, recursive: true);
    }

    /// <summary>
    /// Tidies a folder after a process that was killed while it wrote there: a folder that had been moved aside for its successor gets its
    /// name back where the successor has not taken it, all other temporary files and folders go.
    /// </summary>
    /// <param name="parent">The folder; may be missing.</param>
    /// <param name="isOurs">Whether a name is one that is written here; what others left is not touched.</param>
    /// <returns>How many entries were put back or deleted.</returns>
    /// <exception cref="IOException">An entry cannot be renamed or deleted.</exception>
    public static int Tidy(string parent, Func<string, bool> isOurs)
    {
        if (!Directory.Exists(parent)) return 0;
        var count = 0;
        foreach (var entry in Directory.GetFileSystemEntries(parent))
        {
            if (NameOf(Path.GetFileName(entry), out var isOld) is not { } name || !isOurs(name)) continue;
            var target = Path.Combine(parent, name);
            if (isOld && Directory.Exists(entry) && !Path.Exists(target)) Directory.Move(entry, target);
            else if (Directory.Exists(entry)) Directory.Delete(entry, recursive: new DirectoryInfo(entry).LinkTarget is null);
            else File.Delete(entry);
            count++;
        }
        return count;
    }

    /// <summary>Whether a folder is one that is being filled.</summary>
    internal static bool IsTemporary(string folder) => NameOf(Path.GetFileName(folder), out var isOld) is not null && !isOld;

    /// <summary>The NAME of a <c>.NAME.GUID.tmp</c> or <c>.NAME.GUID.old</c>; null for anything else.</summary>
    private static string? NameOf(string entry, out bool isOld)
    {
        const int Tail = 1 + 32 + 4;
        isOld = entry.EndsWith(".old", StringComparison.Ordinal);
        if (entry.Length <= 1 + Tail || entry[0] != '.' || !(isOld || entry.EndsWith(".tmp", StringComparison.Ordinal))) return null;
        return entry[^Tail] == '.' && Guid.TryParseExact(entry.AsSpan(entry.Length - Tail + 1, 32), "N", out _) ? entry[1..^Tail] : null;
    }
}
