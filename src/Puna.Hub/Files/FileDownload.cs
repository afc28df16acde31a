using System.Net;
using Puna.Text;

namespace Puna.Hub;

/// <summary>One file to fetch.</summary>
/// <param name="Subject">What sentences call it.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Hash">Its checksum.</param>
internal sealed record DownloadItem(string Subject, Uri Address, string Target, long Size, ContentHash Hash)
{
    /// <summary>The commit it belongs to; null where there are no commits.</summary>
    public string? Commit { get; init; }

    /// <summary>Whether the target is there already, whole and right.</summary>
    public bool IsWhole(CancellationToken cancellation) => new FileInfo(Target) is { Exists: true } file && file.Length == Size && Hash.OfFile(Target, cancellation) == Hash;
}

/// <summary>
/// Fetches a file into <c>NAME.part</c> beside its place and goes on there after a break, also after the end of the program; checks the whole and only then gives it
/// its name. <c>NAME.part.etag</c> keeps what the part is a part of: the checksum, and the entity tag that the bytes came with.
/// </summary>
internal sealed class FileDownload(HubHttp http, ITransferDisplay display, Action<long> progress)
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Fetches.</summary>
    /// <exception cref="InvalidDataException">The hub refuses, or leads where it may not.</exception>
    /// <exception cref="IOException">The file is another than was promised, the connection broke too often (what arrived is kept), or the disk failed.</exception>
    public async Task FetchAsync(DownloadItem item, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(item.Target)!);
        var part = new PartFile(item);
        var wasResumed = part.Length > 0;
        if (wasResumed) display.Say($"{item.Subject}: going on after {HubText.Bytes(part.Length)} of {HubText.Bytes(item.Size)}");
        while (true)
        {
            await FetchPartAsync(item, part, cancellation).ConfigureAwait(false);
            var found = item.Hash.OfFile(part.Path, cancellation);
            if (found == item.Hash) break;
            part.Delete();
            if (!wasResumed) throw new IOException($"{item.Subject}: what arrived has {found}, promised was {item.Hash}; it was thrown away. Try again; if it happens twice, the file on the server is damaged");
            display.Say($"{item.Subject}: the parts do not fit together; once more from the beginning");
            wasResumed = false;
        }
        AtomicFile.Adopt(part.Path, item.Target);
        part.Delete();
        progress(item.Size);
    }

    private async Task FetchPartAsync(DownloadItem item, PartFile part, CancellationToken cancellation)
    {
        var retry = http.Options.Retry;
        for (var failures = 0; ; failures++)
        {
            var before = part.Length;
            try
            {
                await TransferAsync(item, part, cancellation).ConfigureAwait(false);
                return;
            }
            catch (BrokenTransferException exception)
            {
                if (part.Length > before) failures = 0;
                if (failures >= retry.Most) throw new IOException($"{item.Subject}: {exception.Message}, {failures + 1} times in a row; {HubText.Bytes(part.Length)} of {HubText.Bytes(item.Size)} are kept, the same command goes on from there", exception);
                display.Say($"{item.Subject}: {exception.Message}; going on after {HubText.Bytes(part.Length)}");
                await retry.PauseAsync(failures, exception.Asked, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TransferAsync(DownloadItem item, PartFile part, CancellationToken cancellation)
    {
        var offset = part.Length;
        if (offset == item.Size && offset > 0) return;
        var call = new HubCall(HttpMethod.Get, item.Address, item.Subject) { Headers = offset == 0 ? [] : part.ETag is { } tag ? [("Range", $"bytes={offset}-"), ("If-Range", tag)] : [("Range", $"bytes={offset}-")] };
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            part.Delete();
            throw new BrokenTransferException($"{answer.Address.Host} has no such part of it, so it begins anew");
        }
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
        RequireSame(item, answer);
        if (answer.Status == HttpStatusCode.PartialContent) RequireRest(item, part, offset, answer);
        else
        {
            offset = 0;
            part.Begin(answer.StrongETag);
        }
        if (answer.Response.Content.Headers.ContentLength is { } length && offset + length != item.Size)
            throw new IOException($"{item.Subject}: {answer.Address.Host} announces {offset + length} bytes, the listing says {item.Size}; nothing of it is used");
        await AppendAsync(item, part, offset, answer, cancellation).ConfigureAwait(false);
    }

    /// <summary>The hub's own headers must name the content of the listing.</summary>
    private static void RequireSame(DownloadItem item, HubAnswer answer)
    {
        var hub = answer.FromHub;
        if ((item.Commit is { } commit && hub.Commit is { } other && other != commit) || (hub.ETag is { Length: 40 or 64 } tag && tag.Length == item.Hash.Hex.Length && tag != item.Hash.Hex) || (hub.Size is { } size && size != item.Size))
            throw new IOException($"{item.Subject}: the hub now has another file there than when it was listed; try again");
    }

    /// <summary>What comes must be the rest of just this content.</summary>
    private static void RequireRest(DownloadItem item, PartFile part, long offset, HubAnswer answer)
    {
        var range = answer.Response.Content.Headers.ContentRange;
        var changed = part.ETag is { } had && answer.StrongETag is { } has && had != has;
        if (!changed && offset > 0 && range is { From: { } from } && from == offset && (range.Length ?? item.Size) == item.Size) return;
        part.Delete();
        throw new BrokenTransferException(changed ? $"{answer.Address.Host} has another file there than the one begun, so it begins anew" : $"{answer.Address.Host} sends another part than was asked for, so it begins anew");
    }

    private async Task AppendAsync(DownloadItem item, PartFile part, long offset, HubAnswer answer, CancellationToken cancellation)
    {
        using var body = await answer.Response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var file = part.Open(offset);
        var buffer = new byte[BufferBytes];
        while (await http.ReadAsync(body, buffer, answer.Address, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            if (offset + count > item.Size)
            {
                file.Dispose();
                part.Delete();
                throw new IOException($"{item.Subject}: {answer.Address.Host} sends more than the {item.Size} bytes of the listing; nothing of it is used");
            }
            part.Write(file, buffer.AsSpan(0, count));
            offset += count;
            progress(offset);
        }
        if (offset < item.Size) throw new BrokenTransferException($"the connection to {answer.Address.Host} ended early");
    }
}
