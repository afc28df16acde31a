using System.Globalization;
using System.Net;

namespace Puna.Hub;

/// <summary>
/// Uploads one large file as its plan says: in one PUT, or in parts, each a PUT of its own that is repeated by itself where it fails, and completed by a POST with the
/// entity tags of all. Verified afterwards where the plan has an address for that.
/// </summary>
internal sealed class LfsUpload(HubHttp http, ModelName name)
{
    private const string ChunkSize = "chunk_size";

    /// <summary>Uploads.</summary>
    /// <param name="file">The file.</param>
    /// <param name="plan">How.</param>
    /// <param name="sent">Hears how many bytes of it have gone; less than before where a part begins anew.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>False where the storage no longer takes the addresses (they last some hours): ask for a new plan.</returns>
    /// <exception cref="IOException">A part failed too often, or the plan does not fit the file.</exception>
    public async Task<bool> SendAsync(LocalFile file, LfsPlan plan, Action<long> sent, CancellationToken cancellation)
    {
        if (plan.Upload is not { } upload) return true;
        var isDone = upload.Header.TryGetValue(ChunkSize, out var size) ? await SendPartsAsync(file, upload, size, sent, cancellation).ConfigureAwait(false)
            : await PutAsync(file, upload.Href, 0, file.Size, [.. upload.Header.Select(pair => (pair.Key, pair.Value))], sent, cancellation).ConfigureAwait(false) is not null;
        if (!isDone) return false;
        if (plan.Verify is { } verify)
        {
            var call = new HubCall(HttpMethod.Post, verify.Href, $"{name}: {file.Name}")
            {
                Headers = [.. LfsBatch.Accept, .. verify.Header.Select(pair => (pair.Key, pair.Value))],
                Body = HubJson.Body(json =>
                {
                    json.WriteString("oid", file.Sha256.Hex);
                    json.WriteNumber("size", file.Size);
                }),
            };
            await PostAsync(call, cancellation).ConfigureAwait(false);
        }
        return true;
    }

    private async Task<bool> SendPartsAsync(LocalFile file, LfsAction upload, string chunkSize, Action<long> sent, CancellationToken cancellation)
    {
        if (!long.TryParse(chunkSize, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes <= 0) throw new IOException($"{name}: {file.Name}: the hub asks for parts of '{HubText.Clean(chunkSize, 40)}' bytes");
        var parts = upload.Header.Where(pair => pair.Key.Length is > 0 and < 9 && pair.Key.All(char.IsAsciiDigit)).OrderBy(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture)).Select(pair => pair.Value).ToArray();
        var wanted = (file.Size - 1) / bytes + 1;
        if (parts.Length != wanted) throw new IOException($"{name}: {file.Name}: the hub gives addresses for {parts.Length} parts of {bytes} bytes, the file has {wanted}");
        var tags = new string[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var offset = i * bytes;
            if (!Uri.TryCreate(parts[i], UriKind.Absolute, out var address)) throw new IOException($"{name}: {file.Name}: the hub gives no address for part {i + 1}");
            if (await PutAsync(file, address, offset, Math.Min(bytes, file.Size - offset), [], done => sent(offset + done), cancellation).ConfigureAwait(false) is not { } tag) return false;
            tags[i] = tag.Length > 0 ? tag : throw new IOException($"{name}: {file.Name}: {address.Host} took part {i + 1} without giving its ETag, so the parts cannot be put together");
        }
        var call = new HubCall(HttpMethod.Post, upload.Href, $"{name}: {file.Name}")
        {
            Headers = LfsBatch.Accept,
            IsAuthorized = false,
            Body = HubJson.Body(json =>
            {
                json.WriteString("oid", file.Sha256.Hex);
                json.WriteStartArray("parts");
                for (var i = 0; i < tags.Length; i++)
                {
                    json.WriteStartObject();
                    json.WriteNumber("partNumber", i + 1);
                    json.WriteString("etag", tags[i]);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }, "application/vnd.git-lfs+json"),
        };
        await PostAsync(call, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>One PUT. The entity tag it was answered with, empty where there was none; null where the address has expired.</summary>
    private async Task<string?> PutAsync(LocalFile file, Uri address, long offset, long length, IReadOnlyList<(string, string)> headers, Action<long> sent, CancellationToken cancellation)
    {
        var call = new HubCall(HttpMethod.Put, address, $"{name}: {file.Name}")
        {
            Headers = headers,
            IsAuthorized = false,
            Body = alive => new FileContent(file, offset, length, done =>
            {
                alive();
                sent(done);
            }),
        };
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.Forbidden && !http.Options.IsOwn(address)) return null;
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
        return answer.Header("ETag") ?? "";
    }

    private async Task PostAsync(HubCall call, CancellationToken cancellation)
    {
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
    }
}
