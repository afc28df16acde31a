using System.Net;
using System.Text;

namespace Puna.Hub;

/// <summary>A model's repository to write to.</summary>
internal sealed class ModelRepository(HubHttp http, ModelName name, string revision)
{
    private const int MostCardBytes = 1 << 20;

    /// <summary>Finds it, or makes it.</summary>
    /// <exception cref="InvalidDataException">It may not be made, or is public where it should be private.</exception>
    public async Task<ModelInfo> FindOrCreateAsync(bool isPrivate, ITransferDisplay display, CancellationToken cancellation)
    {
        var found = await ModelInfo.FindAsync(http, name, cancellation).ConfigureAwait(false);
        if (found is null)
        {
            var wasMade = await CreateAsync(isPrivate, cancellation).ConfigureAwait(false);
            found = await ModelInfo.ReadAsync(http, name, null, cancellation).ConfigureAwait(false);
            if (wasMade) display.Say($"{name} is new at {http.Options.Endpoint.Host}, {(found.IsPrivate ? "private" : "public")}");
        }
        if (isPrivate && !found.IsPrivate) throw new InvalidDataException($"{name} is public at {http.Options.Endpoint.Host} and --private was asked for; nothing was uploaded. Change it in its settings there, or push without --private");
        return revision == "main" ? found : await ModelInfo.ReadAsync(http, name, revision, cancellation).ConfigureAwait(false);
    }

    /// <summary>The text of its card; null where there is none or it is not text.</summary>
    public async Task<string?> ReadCardAsync(RemoteFile card, string commit, CancellationToken cancellation)
    {
        if (card.Size > MostCardBytes) return null;
        var call = new HubCall(HttpMethod.Get, http.Options.At($"/{name}/resolve/{commit}/{RemotePath.Escape(card.Path)}"), $"{name}: {card.Path}");
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
        return Encoding.UTF8.GetString(await http.ReadAllAsync(answer, MostCardBytes, call.Subject, cancellation).ConfigureAwait(false));
    }

    /// <summary>Commits files that are uploaded already, or small ones with their content.</summary>
    /// <returns>The commit.</returns>
    /// <exception cref="InvalidDataException">The hub refuses it, for example since somebody else has pushed meanwhile.</exception>
    public async Task<string> CommitAsync(string message, string? parent, IReadOnlyList<(LocalFile, bool)> files, CancellationToken cancellation)
    {
        var call = new HubCall(HttpMethod.Post, http.Options.At($"/api/models/{name}/commit/{Uri.EscapeDataString(revision)}"), name.ToString())
        {
            Body = alive => new CommitContent(message, parent, files, alive),
            IsRepeatable = false,
        };
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        if (answer.Status is HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed)
            throw new InvalidDataException($"{name}: {revision} has changed since this push began, so the commit was refused; look what came in, then push again (what is uploaded is not sent twice)");
        using var json = await HubJson.ReadAsync(http, call, answer, cancellation).ConfigureAwait(false);
        return HubJson.Text(json.RootElement, "commitOid") is { } commit && commit.All(char.IsAsciiHexDigit) ? commit : throw new IOException($"{name}: the hub took the commit but does not name it; look at {http.Options.At($"/{name}")}");
    }

    /// <returns>Whether it was made; false where somebody else was quicker.</returns>
    private async Task<bool> CreateAsync(bool isPrivate, CancellationToken cancellation)
    {
        var call = new HubCall(HttpMethod.Post, http.Options.At("/api/repos/create"), name.ToString())
        {
            Body = HubJson.Body(json =>
            {
                json.WriteString("name", name.Name);
                json.WriteString("organization", name.Owner);
                json.WriteString("type", "model");
                if (isPrivate) json.WriteString("visibility", "private");
            }),
        };
        using var answer = await http.SendAsync(call, cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.Conflict) return false;
        await HubRefusal.ThrowIfRefusedAsync(http, call, answer, cancellation).ConfigureAwait(false);
        return true;
    }
}
