using System.Globalization;
using System.Net;

namespace Puna.Hub;

/// <summary>An answer whose body is still to be read, with what the hub itself said where it redirected to a storage host.</summary>
internal sealed class HubAnswer(HttpResponseMessage response, Uri address, HubAnswer.Hub hub) : IDisposable
{
    /// <summary>What the first answer on the way had in its headers; null each where it had none.</summary>
    public sealed record Hub(string? Commit, string? ETag, long? Size)
    {
        public static Hub Of(HttpResponseMessage response) => new(HeaderOf(response, "X-Repo-Commit"), Unquoted(HeaderOf(response, "X-Linked-Etag")),
            long.TryParse(HeaderOf(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null);
    }

    public HttpStatusCode Status => response.StatusCode;

    public HttpResponseMessage Response => response;

    public Uri Address => address;

    public Hub FromHub => hub;

    /// <summary>The entity tag as the host that sends the bytes has it, where it is a strong one.</summary>
    public string? StrongETag => Header("ETag") is { Length: > 2 and < 512 } tag && tag[0] == '"' && tag[^1] == '"' ? tag : null;

    public string? Header(string name) => HeaderOf(response, name);

    public void Dispose() => response.Dispose();

    /// <summary>An entity tag without its quotes and without the mark of a weak one.</summary>
    public static string? Unquoted(string? tag) => tag is null ? null : (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString() : null;
}
