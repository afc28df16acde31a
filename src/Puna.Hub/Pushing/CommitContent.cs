using System.Net;
using System.Text;
using System.Text.Json;

namespace Puna.Hub;

/// <summary>
/// The body of a commit: JSON values, a line each. The header with the message, then each file: a small one with its content in base64, a large one by its checksum.
/// Contents are read while they are sent.
/// </summary>
internal sealed class CommitContent : HttpContent
{
    private const int BlockBytes = 3 << 16; // a multiple of three: base64 of blocks is base64 of the whole
    private readonly List<(byte[] Before, LocalFile? File, byte[] After)> _lines = [];
    private readonly Action _alive;

    /// <param name="message">The commit's message.</param>
    /// <param name="parent">The commit that it must follow; null for any.</param>
    /// <param name="files">Each with whether it is kept in large storage.</param>
    /// <param name="alive">Says that bytes move.</param>
    public CommitContent(string message, string? parent, IEnumerable<(LocalFile File, bool IsLarge)> files, Action alive)
    {
        _alive = alive;
        Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        _lines.Add((Line("header", json =>
        {
            json.WriteString("summary", message);
            json.WriteString("description", "");
            if (parent is not null) json.WriteString("parentCommit", parent);
        }), null, [(byte)'\n']));
        foreach (var (file, isLarge) in files) _lines.Add(isLarge ? Large(file) : Small(file));
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var (before, file, after) in _lines)
        {
            await stream.WriteAsync(before, cancellationToken).ConfigureAwait(false);
            if (file is not null) await WriteBase64Async(stream, file, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(after, cancellationToken).ConfigureAwait(false);
            _alive();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _lines.Sum(line => line.Before.Length + line.After.Length + (line.File is { } file ? (file.Size + 2) / 3 * 4 : 0));
        return true;
    }

    private async Task WriteBase64Async(Stream stream, LocalFile file, CancellationToken cancellation)
    {
        using var source = file.Open();
        var buffer = new byte[BlockBytes];
        for (var left = file.Size; left > 0;)
        {
            var count = (int)Math.Min(buffer.Length, left);
            if (await source.ReadAtLeastAsync(buffer.AsMemory(0, count), count, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < count)
                throw new InvalidDataException($"{file.Name} became shorter while it was pushed; push again when nobody writes it");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(buffer, 0, count)), cancellation).ConfigureAwait(false);
            left -= count;
            _alive();
        }
    }

    private static (byte[], LocalFile?, byte[]) Large(LocalFile file) => (Line("lfsFile", json =>
    {
        json.WriteString("path", file.Name);
        json.WriteString("algo", "sha256");
        json.WriteString("oid", file.Sha256.Hex);
        json.WriteNumber("size", file.Size);
    }), null, [(byte)'\n']);

    private static (byte[], LocalFile?, byte[]) Small(LocalFile file)
    {
        var line = Line("file", json =>
        {
            json.WriteString("path", file.Name);
            json.WriteString("encoding", "base64");
            json.WriteString("content", "");
        });
        return (line[..^3], file, "\"}}\n"u8.ToArray()); // the content goes between its quotes
    }

    private static byte[] Line(string key, Action<Utf8JsonWriter> value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            value(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
