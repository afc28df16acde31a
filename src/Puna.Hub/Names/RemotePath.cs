using System.Globalization;
using System.Text;

namespace Puna.Hub;

/// <summary>
/// Names of files that a server gives. One that could mean a place outside of the target folder, or another file than it seems to, on any system, is refused.
/// </summary>
internal static class RemotePath
{
    private const int MostBytes = 1024, MostInPart = 255;

    /// <summary>What is written while a file arrives.</summary>
    public const string PartSuffix = ".part", NoteSuffix = ".part.etag";

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    /// <summary>The path in the parts between its slashes.</summary>
    /// <exception cref="InvalidDataException">It is not one that is followed.</exception>
    public static string[] Check(string path)
    {
        var parts = path.Split('/');
        if (Problem(path, parts) is { } problem) throw new InvalidDataException($"the hub names a file '{HubText.Clean(path, 120)}', {problem}; nothing is written there");
        return parts;
    }

    private static string? Problem(string path, string[] parts)
    {
        if (Encoding.UTF8.GetByteCount(path) > MostBytes) return "whose name is too long";
        foreach (var rune in path.EnumerateRunes())
            if (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) return "with characters that cannot be seen";
        if (path.AsSpan().IndexOfAny('\\', ':') >= 0) return "with a backslash or a colon";
        if (OperatingSystem.IsWindows() && path.Any("<>\"|?*".Contains)) return "with characters that this system does not allow";
        foreach (var part in parts)
        {
            if (part.Length == 0) return "which is absolute or has an empty part";
            if (part is "." or "..") return "which leads out of its folder";
            if (Encoding.UTF8.GetByteCount(part) > MostInPart) return "whose name is too long";
            if (part[^1] is '.' or ' ' || part[0] == ' ') return "with a part that begins or ends in what some systems drop";
            if (Reserved.Contains(part.Split('.')[0].TrimEnd())) return "which is the name of a device on some systems";
        }
        if (parts.Any(part => part.Equals(".git", StringComparison.OrdinalIgnoreCase))) return "which lies in a folder of git";
        return path.EndsWith(PartSuffix, StringComparison.OrdinalIgnoreCase) || path.EndsWith(NoteSuffix, StringComparison.OrdinalIgnoreCase) ? "which is how files are called while they arrive" : null;
    }

    /// <summary>A path as part of an address.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
