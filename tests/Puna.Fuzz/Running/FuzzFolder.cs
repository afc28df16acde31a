namespace Puna.Fuzz;

/// <summary>A folder for the files of one worker, in memory where the system has such a place.</summary>
internal sealed class FuzzFolder(string path) : IDisposable
{
    private const string InMemory = "/dev/shm";

    public string Path => path;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A new one.</summary>
    public static FuzzFolder Create() => new(Directory.Exists(InMemory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(InMemory, $"puna-fuzz-{Guid.NewGuid():N}")).FullName
        : Directory.CreateTempSubdirectory("puna-fuzz-").FullName);

    /// <summary>Writes a file, in a folder below where the name has one.</summary>
    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        var file = this[name];
        if (name.Contains('/')) Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>Writes what does not change from input to input once.</summary>
    public long Keep(string name, byte[] bytes)
    {
        if (!File.Exists(this[name])) Write(name, bytes);
        return bytes.Length;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
