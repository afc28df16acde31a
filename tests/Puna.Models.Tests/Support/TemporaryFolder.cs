namespace Puna.Models.Tests;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("puna-tests-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string[] Entries => [.. Directory.EnumerateFileSystemEntries(Root).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
