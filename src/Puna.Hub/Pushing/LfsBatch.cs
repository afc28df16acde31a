using System.Text.Json;

namespace Puna.Hub;

/// <summary>An address of the LFS protocol and the headers to send along.</summary>
/// <param name="Href">The address.</param>
/// <param name="Header">Headers by name.</param>
internal sealed record LfsAction(Uri Href, IReadOnlyDictionary<string, string> Header);

/// <summary>How a large file is to be uploaded; nothing to do where <paramref name="Upload"/> is null: the hub has it.</summary>
internal sealed record LfsPlan(LfsAction? Upload, LfsAction? Verify);

/// <summary>Git LFS's batch request (git-lfs, docs/api/batch.md), with the transfers basic and Hugging Face's multipart.</summary>
internal static class LfsBatch
{
    private const int ObjectsInRequest = 16, MostHeaders = 20_000;
    private const string LfsType = "application/vnd.git-lfs+json";

    /// <summary>The headers of the protocol's requests to the hub.</summary>
    public static IReadOnlyList<(string, string)> Accept { get; } = [("Accept", LfsType)];

    /// <summary>Plans for files by their checksum.</summary>
    /// <exception cref="InvalidDataException">The hub refuses one of them.</exception>
    /// <exception cref="IOException">The hub fails, or forgets one.</exception>
    public static async Task<IReadOnlyDictionary<string, LfsPlan>> AskAsync(HubHttp http, ModelName name, string revision, IReadOnlyList<LocalFile> files, CancellationToken cancellation)
    {
        var plans = new Dictionary<string, LfsPlan>(StringComparer.Ordinal);
        foreach (var some in files.DistinctBy(file => file.Sha256).Chunk(ObjectsInRequest))
        {
            var call = new HubCall(HttpMethod.Post, http.Options.At($"/{name}.git/info/lfs/objects/batch"), name.ToString())
            {
                Headers = Accept,
                Body = HubJson.Body(json =>
                {
                    json.WriteString("operation", "upload");
                    json.WriteStartArray("transfers");
                    json.WriteStringValue("basic");
                    json.WriteStringValue("multipart");
                    json.WriteEndArray();
                    json.WriteString("hash_algo", "sha256");
                    json.WriteStartObject("ref");
                    json.WriteString("name", revision);
                    json.WriteEndObject();
                    json.WriteStartArray("objects");
                    foreach (var file in some)
                    {
                        json.WriteStartObject();
                        json.WriteString("oid", file.Sha256.Hex);
                        json.WriteNumber("size", file.Size);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                }, LfsType),
            };
            using var json = await HubJson.ReadAsync(http, call, cancellation).ConfigureAwait(false);
            if (HubJson.Inner(json.RootElement, "objects") is not { ValueKind: JsonValueKind.Array } objects) throw new IOException($"{name}: the hub's answer about large files has no list of objects");
            foreach (var one in objects.EnumerateArray())
                if (HubJson.Text(one, "oid")?.ToLowerInvariant() is { } oid && some.FirstOrDefault(file => file.Sha256.Hex == oid) is { } about) plans[oid] = Plan(one, about.Name, name);
            if (some.FirstOrDefault(file => !plans.ContainsKey(file.Sha256.Hex)) is { } forgotten) throw new IOException($"{name}: the hub does not say where to send {forgotten.Name}");
        }
        return plans;
    }

    private static LfsPlan Plan(JsonElement one, string file, ModelName name)
    {
        if (HubJson.Inner(one, "error") is { } error)
            throw new InvalidDataException($"{name}: the hub does not take {file}: {HubText.Clean(HubJson.Text(error, "message") ?? "it does not say why")} ({HubJson.Whole(error, "code") ?? 0})");
        return HubJson.Inner(one, "actions") is { ValueKind: JsonValueKind.Object } actions ? new LfsPlan(Action(actions, "upload", name), Action(actions, "verify", name)) : new LfsPlan(null, null);
    }

    private static LfsAction? Action(JsonElement actions, string which, ModelName name)
    {
        if (HubJson.Inner(actions, which) is not { ValueKind: JsonValueKind.Object } action) return null;
        if (HubJson.Text(action, "href") is not { } href || !Uri.TryCreate(href, UriKind.Absolute, out var address)) throw new IOException($"{name}: the hub gives no address to {which} a large file at");
        var header = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (HubJson.Inner(action, "header") is { ValueKind: JsonValueKind.Object } members)
        {
            foreach (var (key, value) in HubJson.Texts(members))
            {
                if (header.Count >= MostHeaders) throw new IOException($"{name}: the hub gives more than {MostHeaders} parts for one file");
                header[key] = value;
            }
        }
        return new LfsAction(address, header);
    }
}
