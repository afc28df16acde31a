using System.Text.Json;

namespace Puna.Hub;

/// <summary>A licence as a model's card states it.</summary>
/// <param name="Id">Hugging Face's short name, as in <c>apache-2.0</c>; <c>other</c> where it has none.</param>
/// <param name="Name">Its own name; null where the short one says all.</param>
/// <param name="Link">Where its text is; null where the card does not say.</param>
public sealed record HubLicence(string Id, string? Name = null, string? Link = null)
{
    /// <inheritdoc/>
    public override string ToString() => (Name is null ? Id : $"{Id} ({Name})") + (Link is null ? "" : $", {Link}");
}

/// <summary>What a hub says of a model.</summary>
/// <param name="Commit">The commit that the revision names now; null for a repository without any.</param>
/// <param name="Licence">The licence; null where the card states none.</param>
/// <param name="IsGated">Whether its owners want conditions accepted first.</param>
/// <param name="IsPrivate">Whether only some may see it.</param>
internal sealed record ModelInfo(string? Commit, HubLicence? Licence, bool IsGated, bool IsPrivate)
{
    /// <summary>Asks.</summary>
    /// <exception cref="InvalidDataException">There is no such model or revision, or not for this token.</exception>
    /// <exception cref="IOException">The hub failed.</exception>
    public static async Task<ModelInfo> ReadAsync(HubHttp http, ModelName name, string? revision, CancellationToken cancellation)
    {
        using var json = await HubJson.ReadAsync(http, CallFor(http, name, revision), cancellation).ConfigureAwait(false);
        return Of(json.RootElement, name);
    }

    /// <summary>As <see cref="ReadAsync"/>; null where the hub says that there is no such model, or none that the token may see.</summary>
    public static async Task<ModelInfo?> FindAsync(HubHttp http, ModelName name, CancellationToken cancellation)
    {
        var call = CallFor(http, name, null);
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        if ((int)answer.Status == 404 || ((int)answer.Status == 401 && answer.Header("X-Error-Code") == "RepoNotFound")) return null;
        using var json = await HubJson.ReadAsync(http, call, answer, cancellation).ConfigureAwait(false);
        return Of(json.RootElement, name);
    }

    private static HubCall CallFor(HubHttp http, ModelName name, string? revision) =>
        new(HttpMethod.Get, http.Options.At($"/api/models/{name}" + (revision is null ? "" : $"/revision/{Uri.EscapeDataString(revision)}")), name.ToString());

    private static ModelInfo Of(JsonElement root, ModelName name)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new IOException($"{name}: the hub's description is not an object; is it a hub?");
        var commit = HubJson.Text(root, "sha");
        if (commit is not null && (commit.Length != 40 || !commit.All(char.IsAsciiHexDigit))) throw new IOException($"{name}: the hub names the commit '{HubText.Clean(commit, 60)}', which is none");
        var isGated = HubJson.IsTrue(root, "gated") || HubJson.Text(root, "gated") is not null; // true, or how conditions are accepted: "auto", "manual"
        return new ModelInfo(commit?.ToLowerInvariant(), LicenceOf(root), isGated, HubJson.IsTrue(root, "private"));
    }

    private static HubLicence? LicenceOf(JsonElement root)
    {
        if (HubJson.Inner(root, "cardData") is { } card)
        {
            var id = HubJson.Text(card, "license") ?? string.Join(", ", HubJson.List(HubJson.Inner(card, "license")).Select(HubJson.Text).OfType<string>().Take(5));
            if (!string.IsNullOrWhiteSpace(id)) return new HubLicence(HubText.Clean(id, 100), Cleaned(card, "license_name"), Cleaned(card, "license_link"));
        }
        const string Tag = "license:";
        var tag = HubJson.List(HubJson.Inner(root, "tags")).Select(HubJson.Text).OfType<string>().FirstOrDefault(one => one.StartsWith(Tag, StringComparison.Ordinal));
        return tag is null ? null : new HubLicence(HubText.Clean(tag[Tag.Length..], 100));
    }

    private static string? Cleaned(JsonElement card, string name) => HubJson.Text(card, name) is { Length: > 0 } text ? HubText.Clean(text, 200) : null;
}
