using System.Text.Json;

namespace Puna.Hub.Tests;

/// <summary>
/// A small hub on the loopback that follows docs/hub.md, with a storage host of its own port beside it. Whatever it answers can be made to go wrong.
/// </summary>
internal sealed partial class TestHub : IDisposable
{
    public const string Token = "hf_ThisIsSecret0123456789";
    private readonly LoopbackServer _hub, _storage;
    private readonly List<Interference> _interferences = [];

    private sealed record Interference(Func<TestRequest, bool> When, Func<TestResponse, TestResponse> How)
    {
        public int Times { get; set; }
    }

    public TestHub()
    {
        _hub = new LoopbackServer(request => Answer(request, Requests, AnswerHub));
        _storage = new LoopbackServer(request => Answer(request, StorageRequests, AnswerStorage));
    }

    public Uri Address => _hub.Address;

    public Uri Storage => _storage.Address;

    public Dictionary<string, TestRepository> Repositories { get; } = [];

    /// <summary>Contents in the storage by SHA-256.</summary>
    public Dictionary<string, byte[]> Blobs { get; } = [];

    public List<TestRequest> Requests { get; } = [];

    public List<TestRequest> StorageRequests { get; } = [];

    public int PageSize { get; set; } = 1000;

    public TestRepository this[string name] => Repositories.TryGetValue(name, out var found) ? found : Repositories[name] = new TestRepository();

    /// <summary>Makes answers to some requests go wrong, the next so many times.</summary>
    public void Interfere(Func<TestRequest, bool> when, Func<TestResponse, TestResponse> how, int times = 1) => _interferences.Add(new Interference(when, how) { Times = times });

    /// <summary>As above, by a part of the path.</summary>
    public void Interfere(string part, Func<TestResponse, TestResponse> how, int times = 1) => Interfere(request => request.Path.Contains(part, StringComparison.Ordinal), how, times);

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
    }

    private TestResponse Answer(TestRequest request, List<TestRequest> log, Func<TestRequest, TestResponse> answer)
    {
        lock (_interferences)
        {
            log.Add(request);
            var response = answer(request);
            if (_interferences.FirstOrDefault(one => one.Times > 0 && one.When(request)) is not { } interference) return response;
            interference.Times--;
            return interference.How(response);
        }
    }

    private TestResponse AnswerHub(TestRequest request)
    {
        var parts = request.Path.Trim('/').Split('/');
        if (request is { Method: "POST", Path: "/api/repos/create" }) return Create(request);
        if (parts[0] == "complete") return Complete(request, parts[1]);
        var isApi = parts is ["api", "models", ..];
        var (name, rest) = isApi ? ($"{parts[2]}/{parts[3]}", parts[4..]) : ($"{parts[0]}/{parts[1]}", parts[2..]);
        if (!isApi && name.EndsWith(".git", StringComparison.Ordinal)) name = name[..^4];
        var mayWrite = request.Header("Authorization") == $"Bearer {Token}";
        if (!Repositories.TryGetValue(name, out var repository) || (repository.IsPrivate && !mayWrite)) return Refusal(401, "RepoNotFound", "Repository not found");
        if (request.Method == "POST" && !mayWrite) return Refusal(401, null, "Invalid username or password.");
        return (isApi, rest) switch
        {
            (true, []) => Describe(repository, null),
            (true, ["revision", var revision]) => Describe(repository, revision),
            (true, ["tree", var revision]) => Tree(request, repository, revision),
            (true, ["preupload", _]) => Preupload(request),
            (true, ["commit", _]) => Commit(request, repository),
            (false, ["resolve", var revision, .. var path]) => Resolve(request, repository, revision, string.Join('/', path), mayWrite),
            (false, ["info", "lfs", "objects", "batch"]) => Batch(request, name),
            (false, ["info", "lfs", "verify"]) => Verify(request),
            _ => Refusal(404, null, "no such endpoint"),
        };
    }

    private static TestResponse Refusal(int status, string? code, string message) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error"] = message }), [.. (code is null ? Array.Empty<(string, string)>() : [("X-Error-Code", code)]), ("X-Error-Message", message), ("Content-Type", "application/json")]);

    private static TestResponse Json(Action<Utf8JsonWriter> write, params (string, string)[] headers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        return new TestResponse(200, buffer.ToArray(), [.. headers, ("Content-Type", "application/json")]);
    }

    private static int Find(TestRepository repository, string revision) => revision == "main" ? repository.Commits.Count - 1 : repository.Commits.FindIndex(commit => commit.Commit == revision);

    private static TestResponse Describe(TestRepository repository, string? revision)
    {
        var at = revision is null ? repository.Commits.Count - 1 : Find(repository, revision);
        if (at < 0 && revision is not null) return Refusal(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        return Json(json =>
        {
            json.WriteStartObject();
            if (at >= 0) json.WriteString("sha", repository.Commits[at].Commit);
            json.WriteBoolean("private", repository.IsPrivate);
            if (repository.IsGated) json.WriteString("gated", "manual");
            else json.WriteBoolean("gated", false);
            json.WriteStartObject("cardData");
            if (repository.Licence is { } licence) json.WriteString("license", licence);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private TestResponse Tree(TestRequest request, TestRepository repository, string revision)
    {
        var at = Find(repository, revision);
        if (at < 0) return Refusal(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        var from = request.Target.Contains("cursor=", StringComparison.Ordinal) ? int.Parse(request.Target.Split("cursor=")[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var all = repository.Commits[at].Files.ToArray();
        var next = from + PageSize < all.Length ? [("Link", $"<{Address.AbsoluteUri.TrimEnd('/')}{request.Target.Split("&cursor=")[0]}&cursor={from + PageSize}>; rel=\"next\"")] : Array.Empty<(string, string)>();
        return Json(json =>
        {
            json.WriteStartArray();
            foreach (var (name, file) in all.Skip(from).Take(PageSize))
            {
                json.WriteStartObject();
                json.WriteString("type", "file");
                json.WriteString("path", name);
                json.WriteNumber("size", file.Content.Length);
                json.WriteString("oid", file.GitBlob);
                if (file.IsLarge)
                {
                    json.WriteStartObject("lfs");
                    json.WriteString("oid", file.Sha256);
                    json.WriteNumber("size", file.Content.Length);
                    json.WriteNumber("pointerSize", 130);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteStartObject();
            json.WriteString("type", "directory");
            json.WriteString("path", "folder");
            json.WriteEndObject();
            json.WriteEndArray();
        }, next);
    }

    private TestResponse Resolve(TestRequest request, TestRepository repository, string revision, string path, bool hasToken)
    {
        var at = Find(repository, revision);
        if (repository.IsGated && !hasToken) return Refusal(403, "GatedRepo", "Access to this model is restricted");
        if (at < 0 || !repository.Commits[at].Files.TryGetValue(path, out var file)) return Refusal(404, "EntryNotFound", "Entry not found");
        if (!file.IsLarge) return Bytes(request, file.Content, $"\"{file.GitBlob}\"", ("X-Repo-Commit", repository.Commits[at].Commit));
        Blobs[file.Sha256] = file.Content;
        return new TestResponse(302, [], ("Location", $"{Storage.AbsoluteUri}blobs/{file.Sha256}?signature=abc"), ("X-Linked-Etag", $"\"{file.Sha256}\""), ("X-Linked-Size", $"{file.Content.Length}"), ("X-Repo-Commit", repository.Commits[at].Commit));
    }

    private TestResponse AnswerStorage(TestRequest request)
    {
        var parts = request.Path.Trim('/').Split('/');
        return parts switch
        {
            ["blobs", var oid] when request.Method == "GET" && Blobs.TryGetValue(oid, out var content) => Bytes(request, content, $"\"storage-{oid[..8]}\""),
            ["upload", var oid] when request.Method == "PUT" => Stored(oid, request.Body),
            ["upload", var oid, var part] when request.Method == "PUT" => StoredPart(oid, part, request.Body),
            _ => Refusal(403, null, "no such object, or the signature has expired"),
        };
    }

    /// <summary>Bytes, whole or from a place on where that is asked for and they are still the same.</summary>
    private static TestResponse Bytes(TestRequest request, byte[] content, string tag, params (string, string)[] headers)
    {
        if (request.Header("Range") is not { } range || (request.Header("If-Range") is { } had && had != tag)) return new TestResponse(200, content, [.. headers, ("ETag", tag), ("Accept-Ranges", "bytes")]);
        var from = int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        if (from >= content.Length) return new TestResponse(416, [], [.. headers, ("Content-Range", $"bytes */{content.Length}")]);
        return new TestResponse(206, content[from..], [.. headers, ("ETag", tag), ("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}")]);
    }
}
