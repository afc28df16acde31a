using System.Text.Json;
using System.Text.RegularExpressions;

namespace Puna.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its name with slashes, as the server gives it: checked before anything is written there.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Hash">SHA-256 where it is kept in large storage, else git's.</param>
internal sealed record RemoteFile(string Path, long Size, ContentHash Hash);

/// <summary>The files of a repository at one commit, page by page.</summary>
internal static partial class RemoteListing
{
    /// <summary>More files than a model has.</summary>
    public const int MostFiles = 20_000;
    private const int MostPages = 500;

    /// <summary>Lists.</summary>
    /// <exception cref="IOException">The hub fails, or lists without end.</exception>
    public static async Task<IReadOnlyList<RemoteFile>> ReadAsync(HubHttp http, ModelName name, string commit, CancellationToken cancellation)
    {
        var files = new List<RemoteFile>();
        var names = new HashSet<string>(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        Uri? next = http.Options.At($"/api/models/{name}/tree/{commit}?recursive=true");
        for (var page = 0; next is not null; page++)
        {
            if (page >= MostPages) throw new IOException($"{name}: the hub's listing has more than {MostPages} pages");
            var call = new HubCall(HttpMethod.Get, next, name.ToString());
            using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
            using var json = await HubJson.ReadAsync(http, call, answer, cancellation).ConfigureAwait(false);
            if (json.RootElement.ValueKind != JsonValueKind.Array) throw new IOException($"{name}: the hub's listing is not a list; is it a hub?");
            foreach (var entry in json.RootElement.EnumerateArray())
            {
                if (HubJson.Text(entry, "type") != "file") continue;
                var file = Of(entry, name);
                if (!names.Add(file.Path)) throw new IOException($"{name}: the hub lists '{HubText.Clean(file.Path, 120)}' twice");
                files.Add(file);
                if (files.Count > MostFiles) throw new IOException($"{name}: the hub lists more than {MostFiles} files");
            }
            next = NextPage(http, answer, name);
        }
        return files;
    }

    private static RemoteFile Of(JsonElement entry, ModelName name)
    {
        if (HubJson.Text(entry, "path") is not { Length: > 0 } path) throw new IOException($"{name}: the hub lists a file without a name");
        var subject = $"{name}: {HubText.Clean(path, 120)}";
        var large = HubJson.Inner(entry, "lfs");
        if (HubJson.Whole(large ?? entry, "size") is not (>= 0 and var size)) throw new IOException($"{subject}: the hub lists it without a size");
        return new RemoteFile(path, size, large is { } lfs ? ContentHash.Of(HashKind.Sha256, HubJson.Text(lfs, "oid"), subject) : ContentHash.Of(HashKind.GitBlob, HubJson.Text(entry, "oid"), subject));
    }

    /// <summary>The address in <c>Link: &lt;…&gt;; rel="next"</c>, which must be the endpoint's own.</summary>
    private static Uri? NextPage(HubHttp http, HubAnswer answer, ModelName name)
    {
        if (answer.Header("Link") is not { Length: < 8192 } link || Next().Match(link) is not { Success: true } match) return null;
        if (!Uri.TryCreate(answer.Address, match.Groups[1].Value, out var next) || !http.Options.IsOwn(next))
            throw new InvalidDataException($"{name}: the listing goes on at another host than {http.Options.Endpoint.Host}, which is not followed");
        return next;
    }

    [GeneratedRegex(@"<([^<>]*)>\s*;[^,<]*\brel=""?next""?", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Next();
}
