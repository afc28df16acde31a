using System.Security.Cryptography;
using System.Text.Json;

namespace Puna.Hub.Tests;

/// <content>What is needed for pushing.</content>
internal sealed partial class TestHub
{
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> _parts = [];

    /// <summary>Files of more bytes go to large storage.</summary>
    public int LargeAbove { get; set; } = 1000;

    /// <summary>Bytes of a part; null for uploads in one piece.</summary>
    public int? ChunkSize { get; set; }

    private TestResponse Create(TestRequest request)
    {
        if (request.Header("Authorization") != $"Bearer {Token}") return Refusal(401, null, "Invalid username or password.");
        using var json = JsonDocument.Parse(request.Body);
        var name = $"{json.RootElement.GetProperty("organization").GetString()}/{json.RootElement.GetProperty("name").GetString()}";
        if (json.RootElement.GetProperty("type").GetString() != "model") return Refusal(400, null, "not a model");
        if (Repositories.ContainsKey(name)) return Refusal(409, null, "You already created this model repo");
        var repository = Repositories[name] = new TestRepository { Licence = null, IsPrivate = json.RootElement.TryGetProperty("visibility", out var seen) && seen.GetString() == "private" };
        repository.Commit((".gitattributes", new TestFile("*.safetensors filter=lfs\n"u8.ToArray(), false)));
        return Json(answer =>
        {
            answer.WriteStartObject();
            answer.WriteString("url", $"{Address}{name}");
            answer.WriteEndObject();
        });
    }

    private TestResponse Preupload(TestRequest request)
    {
        using var json = JsonDocument.Parse(request.Body);
        var files = json.RootElement.GetProperty("files").EnumerateArray().Select(file => (Path: file.GetProperty("path").GetString()!, Size: file.GetProperty("size").GetInt64(), Sample: file.GetProperty("sample").GetBytesFromBase64())).ToArray();
        return Json(answer =>
        {
            answer.WriteStartObject();
            answer.WriteStartArray("files");
            foreach (var (path, size, sample) in files)
            {
                answer.WriteStartObject();
                answer.WriteString("path", path);
                answer.WriteString("uploadMode", size > LargeAbove || sample.Contains((byte)0) ? "lfs" : "regular");
                answer.WriteBoolean("shouldIgnore", path.EndsWith(".log", StringComparison.Ordinal));
                answer.WriteEndObject();
            }
            answer.WriteEndArray();
            answer.WriteEndObject();
        });
    }

    private TestResponse Batch(TestRequest request, string name)
    {
        using var json = JsonDocument.Parse(request.Body);
        if (json.RootElement.GetProperty("operation").GetString() != "upload" || json.RootElement.GetProperty("hash_algo").GetString() != "sha256") return Refusal(422, null, "not an upload");
        var objects = json.RootElement.GetProperty("objects").EnumerateArray().Select(one => (Oid: one.GetProperty("oid").GetString()!, Size: one.GetProperty("size").GetInt64())).ToArray();
        return Json(answer =>
        {
            answer.WriteStartObject();
            answer.WriteString("transfer", ChunkSize is null ? "basic" : "multipart");
            answer.WriteStartArray("objects");
            foreach (var (oid, size) in objects)
            {
                answer.WriteStartObject();
                answer.WriteString("oid", oid);
                answer.WriteNumber("size", size);
                if (!Blobs.ContainsKey(oid)) WriteActions(answer, name, oid, size);
                answer.WriteEndObject();
            }
            answer.WriteEndArray();
            answer.WriteEndObject();
        });
    }

    private void WriteActions(Utf8JsonWriter answer, string name, string oid, long size)
    {
        answer.WriteStartObject("actions");
        answer.WriteStartObject("upload");
        if (ChunkSize is not { } chunk) answer.WriteString("href", $"{Storage}upload/{oid}?signature=abc");
        else
        {
            answer.WriteString("href", $"{Address}complete/{oid}");
            answer.WriteStartObject("header");
            answer.WriteString("chunk_size", $"{chunk}");
            for (var part = 1; part <= (size - 1) / chunk + 1; part++) answer.WriteString($"{part}", $"{Storage}upload/{oid}/{part}?signature=abc");
            answer.WriteEndObject();
        }
        answer.WriteEndObject();
        answer.WriteStartObject("verify");
        answer.WriteString("href", $"{Address}{name}.git/info/lfs/verify");
        answer.WriteEndObject();
        answer.WriteEndObject();
    }

    private TestResponse Stored(string oid, byte[] content)
    {
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != oid) return Refusal(400, null, "BadDigest");
        Blobs[oid] = content;
        return new TestResponse(200, [], ("ETag", $"\"{oid[..8]}\""));
    }

    private TestResponse StoredPart(string oid, string part, byte[] content)
    {
        if (!_parts.TryGetValue(oid, out var parts)) parts = _parts[oid] = [];
        parts[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] = content;
        return new TestResponse(200, [], ("ETag", $"\"{oid[..8]}-{part}\""));
    }

    private TestResponse Complete(TestRequest request, string oid)
    {
        using var json = JsonDocument.Parse(request.Body);
        var tags = json.RootElement.GetProperty("parts").EnumerateArray().Select(part => (part.GetProperty("partNumber").GetInt32(), part.GetProperty("etag").GetString())).ToArray();
        var parts = _parts[oid];
        if (!tags.SequenceEqual(parts.Keys.Select(part => (part, (string?)$"\"{oid[..8]}-{part}\"")))) return Refusal(400, null, "InvalidPart");
        return Stored(oid, [.. parts.Values.SelectMany(part => part)]);
    }

    private TestResponse Verify(TestRequest request)
    {
        using var json = JsonDocument.Parse(request.Body);
        return Blobs.TryGetValue(json.RootElement.GetProperty("oid").GetString()!, out var content) && content.Length == json.RootElement.GetProperty("size").GetInt64() ? new TestResponse(200, []) : Refusal(404, null, "not uploaded");
    }

    private TestResponse Commit(TestRequest request, TestRepository repository)
    {
        if (request.Header("Content-Type") != "application/x-ndjson") return Refusal(415, null, "not ndjson");
        var files = new List<(string, TestFile)>();
        foreach (var line in System.Text.Encoding.UTF8.GetString(request.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            var value = json.RootElement.GetProperty("value");
            switch (json.RootElement.GetProperty("key").GetString())
            {
                case "header":
                    if (value.TryGetProperty("parentCommit", out var parent) && parent.GetString() != repository.Head) return Refusal(412, null, "A commit has happened since. Please refresh and try again.");
                    repository.Messages.Add(value.GetProperty("summary").GetString()!);
                    break;
                case "file":
                    files.Add((value.GetProperty("path").GetString()!, new TestFile(value.GetProperty("content").GetBytesFromBase64(), false)));
                    break;
                case "lfsFile":
                    if (!Blobs.TryGetValue(value.GetProperty("oid").GetString()!, out var content) || content.Length != value.GetProperty("size").GetInt64()) return Refusal(400, null, "LFS pointer to nothing");
                    files.Add((value.GetProperty("path").GetString()!, new TestFile(content, true)));
                    break;
            }
        }
        repository.Commit([.. files]);
        return Json(answer =>
        {
            answer.WriteStartObject();
            answer.WriteBoolean("success", true);
            answer.WriteString("commitOid", repository.Head);
            answer.WriteString("commitUrl", $"{Address}commit/{repository.Head}");
            answer.WriteEndObject();
        });
    }
}
