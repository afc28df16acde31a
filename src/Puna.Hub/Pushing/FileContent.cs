using System.Net;

namespace Puna.Hub;

/// <summary>A stretch of a file as the body of a request, read while it is sent.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where the stretch begins.</param>
/// <param name="length">Its bytes.</param>
/// <param name="sent">Hears how many bytes of it have gone.</param>
internal sealed class FileContent(LocalFile file, long offset, long length, Action<long> sent) : HttpContent
{
    private const int BufferBytes = 1 << 16;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var source = file.Open(offset);
        var buffer = new byte[BufferBytes];
        for (long done = 0; done < length;)
        {
            var count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done)), cancellationToken).ConfigureAwait(false);
            if (count == 0) throw new InvalidDataException($"{file.Name} became shorter while it was pushed; push again when nobody writes it");
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            sent(done += count);
        }
    }

    protected override bool TryComputeLength(out long bytes)
    {
        bytes = length;
        return true;
    }
}
