namespace Puna.Tests;

/// <summary>Finds golden files: small ones copied into the repository (tests/golden), the rest in the folder <c>shared</c> beside the checkout.</summary>
internal static class SharedData
{
    /// <summary>Root of the repository: the first folder above the test binary that holds Puna.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder under tests/golden, which is part of the repository and so always there.</summary>
    public static string Golden(string relative) => Path.Combine(Root, "tests", "golden", relative);

    /// <summary>A file or folder under ../shared. Skips the test with a reason where it is absent; under CI=true that is a failure instead.</summary>
    public static string Shared(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(Root, "..", "shared", relative));
        if (File.Exists(path) || Directory.Exists(path)) return path;
        var reason = $"needs shared/{relative} beside the checkout, which is not there";
        if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException(reason, path);
        Skip.If(true, reason);
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Puna.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no Puna.slnx above {AppContext.BaseDirectory}");
    }
}
