using System.IO.Compression;
using System.Text;

namespace Puna.Text.Tests;

/// <summary>A folder of data files that goes away with the test.</summary>
internal sealed class DocumentFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-documents-").FullName;

    public string this[string name] => Path.Combine(_root, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public string WriteGzip(string name, byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(bytes);
        return Write(name, memory.ToArray());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static string[] Read(string path, DocumentOptions? options = null) => [.. DocumentReader.Read(path, options)];

    public static string Refusal(string path, DocumentOptions? options = null)
    {
        var message = Should.Throw<InvalidDataException>(() => Read(path, options)).Message;
        message.ShouldContain(path);
        message.ShouldNotContain("\n");
        return message;
    }
}
