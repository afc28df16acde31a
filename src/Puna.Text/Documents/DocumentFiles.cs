namespace Puna.Text;

/// <summary>Finds the files that a path stands for: a file, a folder with all below it, or a pattern with <c>*</c>, <c>?</c> and <c>**</c>.</summary>
public static class DocumentFiles
{
    /// <summary>The files, in ordinal order of their paths, so that the order is the same on every system.</summary>
    /// <param name="path">A file, a folder or a pattern. In a folder files of a known format are taken, hidden ones are not; a pattern takes what it
    /// matches. <c>*</c> and <c>?</c> match within a name, <c>**</c> any number of folders.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or nothing matches.</exception>
    /// <exception cref="InvalidDataException">The folder holds no file of a known format.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (File.Exists(path)) return [path];
        if (Directory.Exists(path)) return InFolder(path);
        if (!IsPattern(path)) throw new FileNotFoundException($"Data '{path}' does not exist; give a file, a folder or a pattern such as data/*.jsonl.", path);
        var found = Match(path);
        return found.Count > 0 ? found : throw new FileNotFoundException($"No file matches the pattern '{path}'; check the path (** stands for any folders, * for any part of a name).", path);
    }

    /// <summary>Whether a path that does not exist is meant as a pattern.</summary>
    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    private static List<string> InFolder(string folder)
    {
        var files = Below(folder).Where(file => DocumentFormats.Find(file) is not null).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new InvalidDataException($"{folder}: the folder holds no file of a known format ({string.Join(", ", DocumentFormats.Known)}, each also with .gz)");
    }

    private static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System });

    private static List<string> Match(string path)
    {
        var full = Path.GetFullPath(path);
        var root = Path.GetPathRoot(full)!;
        var parts = full[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        var plain = parts.TakeWhile(part => !IsPattern(part)).Count();
        var from = Path.Combine([root, .. parts[..plain]]);
        if (!Directory.Exists(from)) return [];
        var pattern = parts[plain..];
        return [.. Below(from).Where(file => Matches(Path.GetRelativePath(from, file).Split(Path.DirectorySeparatorChar), pattern)).Order(StringComparer.Ordinal)];
    }

    private static bool Matches(ReadOnlySpan<string> names, ReadOnlySpan<string> pattern)
    {
        if (pattern.IsEmpty) return names.IsEmpty;
        if (pattern[0] == "**")
        {
            for (var skipped = 0; skipped <= names.Length; skipped++)
                if (Matches(names[skipped..], pattern[1..])) return true;
            return false;
        }
        return !names.IsEmpty && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern[0], names[0], ignoreCase: false) && Matches(names[1..], pattern[1..]);
    }
}
