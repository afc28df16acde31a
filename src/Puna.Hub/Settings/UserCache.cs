namespace Puna.Hub;

/// <summary>Where this user's caches lie.</summary>
public static class UserCache
{
    /// <summary>The variable that moves Puna's cache.</summary>
    public const string Variable = "PUNA_CACHE";

    internal static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>Puna's own cache: PUNA_CACHE, else <c>puna</c> in the platform's folder for caches. Not made here.</summary>
    /// <param name="variable">Gives the environment's variables.</param>
    public static string Folder(Func<string, string?> variable)
    {
        if (variable(Variable) is { Length: > 0 } given) return Path.GetFullPath(Expand(given));
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "puna", "cache");
        if (OperatingSystem.IsMacOS()) return Path.Combine(Home, "Library", "Caches", "puna");
        return Path.Combine(variable("XDG_CACHE_HOME") is { Length: > 0 } cache ? Path.GetFullPath(cache) : Path.Combine(Home, ".cache"), "puna");
    }

    /// <summary>A path with <c>~</c> at its start meaning the user's folder.</summary>
    internal static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal) ? Path.Combine(Home, path[1..].TrimStart('/', '\\')) : path;
}
