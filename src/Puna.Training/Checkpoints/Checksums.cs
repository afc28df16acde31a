using System.Security.Cryptography;
using Puna.Text;

namespace Puna.Training;

/// <summary>
/// The file that vouches for a folder's others: a line a file, SHA-256 (FIPS 180-4) in hexadecimal, two spaces and the name, as the tool
/// sha256sum writes and checks it.
/// </summary>
public static class Checksums
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "checksums.sha256";

    private const int HashLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>Writes the sums of all files that lie in a folder, in the order of their names; an older list is replaced.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">A file cannot be read, or the list not written.</exception>
    public static void Write(string folder)
    {
        var names = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Where(name => name != FileName).Order(StringComparer.Ordinal);
        AtomicFile.WriteText(Path.Combine(folder, FileName), string.Concat(names.Select(name => $"{Sum(Path.Combine(folder, name))}  {name}\n")));
    }

    /// <summary>Compares a folder with its list.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="required">Names that the list must have.</param>
    /// <returns>What is wrong, as the rest of a sentence about the folder; null where every file is as it was written.</returns>
    public static string? FindDamage(string folder, params IEnumerable<string> required)
    {
        try
        {
            var path = Path.Combine(folder, FileName);
            if (!File.Exists(path)) return $"{FileName} is missing";
            var listed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var line in File.ReadLines(path))
            {
                if (line.Length <= HashLength + 2 || line[HashLength..(HashLength + 2)] != "  " || Path.GetFileName(line[(HashLength + 2)..]) is not { } name || name != line[(HashLength + 2)..]) return $"{FileName} is damaged";
                listed.Add(name);
                if (!File.Exists(Path.Combine(folder, name))) return $"{name} is missing, which {FileName} lists";
                if (!line.AsSpan(0, HashLength).SequenceEqual(Sum(Path.Combine(folder, name)))) return $"{name} is damaged (its bytes are not those that {FileName} vouches for)";
            }
            return required.FirstOrDefault(name => !listed.Contains(name)) is { } unlisted ? $"{FileName} is damaged (it does not list {unlisted})" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read ({exception.Message})";
        }
    }

    private static string Sum(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
