using System.Text;

namespace Puna.Hub;

/// <summary>Brings a model to a hub in one commit. Large files are uploaded first, each part repeated where it fails; what the hub has already is not sent. The protocol: docs/hub.md.</summary>
public static class PushRun
{
    private const string CardName = "README.md";

    /// <summary>Pushes.</summary>
    /// <param name="options">What and where to.</param>
    /// <param name="hub">To whom.</param>
    /// <param name="display">Hears what happens.</param>
    /// <param name="cancellation">Stops; large files that have arrived are not sent again by the next push.</param>
    /// <exception cref="InvalidDataException">Name, token or files do not allow it, or the hub refuses.</exception>
    /// <exception cref="IOException">The network, the hub or the disk failed.</exception>
    public static PushResult Run(PushOptions options, HubOptions hub, ITransferDisplay display, CancellationToken cancellation) =>
        RunAsync(options, hub, display, cancellation).GetAwaiter().GetResult();

    internal static async Task<PushResult> RunAsync(PushOptions options, HubOptions hub, ITransferDisplay display, CancellationToken cancellation)
    {
        var name = options.Name;
        if (name.Owner is null) throw new InvalidDataException($"'{name}' names no owner; push to OWNER/NAME, the owner being your user name or an organisation of yours");
        var found = LocalName.Find(options.Path, options.LeaveOut, out var leftOut);
        if (leftOut.Count > 0) display.Say($"left out, being hidden, half there or for training only: {string.Join(", ", leftOut.Take(8))}{(leftOut.Count > 8 ? ", …" : "")}");
        if (hub.Token is null && !hub.IsOffline) throw new InvalidDataException($"pushing needs a token with the right to write; set HF_TOKEN, or put HF_TOKEN=… into .env");
        using var http = new HubHttp(hub, display);
        var repository = new ModelRepository(http, name, options.Revision);
        var info = await repository.FindOrCreateAsync(options.IsPrivate, display, cancellation).ConfigureAwait(false);
        var remote = info.Commit is { } commit ? (await RemoteListing.ReadAsync(http, name, commit, cancellation).ConfigureAwait(false)).ToDictionary(file => file.Path, StringComparer.Ordinal) : [];

        var files = Read(found, display, cancellation);
        var card = "kept";
        if (!files.Exists(file => file.Name == CardName))
        {
            card = await HasForeignCardAsync(repository, remote, info, cancellation).ConfigureAwait(false) ? "the hub's" : "written";
            if (card == "written") files.Add(LocalFile.Of(CardName, Encoding.UTF8.GetBytes(options.Card)));
            else display.Say($"the {CardName} at {hub.Endpoint.Host} was not written by puna and is kept");
        }
        LocalFile[] changed = [.. files.Where(file => !(remote.TryGetValue(file.Name, out var there) && file.Is(there)))];
        var page = hub.At($"/{name}");
        string[] names = [.. files.Select(file => file.Name)];
        if (changed.Length == 0)
        {
            display.Say($"{name} has all of it already; nothing to push");
            return new PushResult(null, page, names, names.Length, 0, card);
        }
        var modes = await UploadModes.AskAsync(http, name, options.Revision, changed, display, cancellation).ConfigureAwait(false);
        var sent = await UploadAsync(http, name, options.Revision, [.. modes.Where(mode => mode.IsLarge).Select(mode => mode.File)], display, cancellation).ConfigureAwait(false);
        if (modes.Count == 0) return new PushResult(null, page, names, names.Length - changed.Length, 0, card);
        display.Stage("commit");
        var made = await repository.CommitAsync(options.Message, info.Commit, modes, cancellation).ConfigureAwait(false);
        display.Say($"{modes.Count} files in commit {made[..Math.Min(12, made.Length)]}, {HubText.Bytes(sent)} uploaded; see {page}");
        return new PushResult(made, page, names, files.Count - changed.Length, sent, card);
    }

    private static List<LocalFile> Read(IReadOnlyList<LocalName> names, ITransferDisplay display, CancellationToken cancellation)
    {
        var all = Math.Max(1, names.Sum(file => file.Size));
        long read = 0;
        display.Stage($"read {names.Count} files, {HubText.Bytes(names.Sum(file => file.Size))}");
        return [.. names.Select(file => LocalFile.Of(file, count => display.Progress((read += count) / (double)all), cancellation))];
    }

    /// <summary>Whether the hub has a card that somebody wrote, which is not replaced.</summary>
    private static async Task<bool> HasForeignCardAsync(ModelRepository repository, Dictionary<string, RemoteFile> remote, ModelInfo info, CancellationToken cancellation) =>
        remote.TryGetValue(CardName, out var card) && card.Size > 0 && await repository.ReadCardAsync(card, info.Commit!, cancellation).ConfigureAwait(false) is var text && text?.Contains(ModelCard.Mark, StringComparison.Ordinal) != true;

    private static async Task<long> UploadAsync(HubHttp http, ModelName name, string revision, IReadOnlyList<LocalFile> files, ITransferDisplay display, CancellationToken cancellation)
    {
        if (files.Count == 0) return 0;
        var plans = await LfsBatch.AskAsync(http, name, revision, files, cancellation).ConfigureAwait(false);
        LocalFile[] wanted = [.. files.DistinctBy(file => file.Sha256).Where(file => plans[file.Sha256.Hex].Upload is not null)];
        var all = wanted.Sum(file => file.Size);
        if (wanted.Length < files.Count) display.Say($"{files.Count - wanted.Length} large files are in the hub's storage already");
        if (all == 0) return 0;
        display.Stage($"upload {HubText.Bytes(all)}");
        var upload = new LfsUpload(http, name);
        long done = 0;
        foreach (var file in wanted)
        {
            void Show(long bytes) => display.Progress((done + bytes) / (double)all);
            if (!await upload.SendAsync(file, plans[file.Sha256.Hex], Show, cancellation).ConfigureAwait(false))
            {
                display.Say($"{file.Name}: the storage no longer takes these addresses; asking for new ones");
                var anew = await LfsBatch.AskAsync(http, name, revision, [file], cancellation).ConfigureAwait(false);
                if (!await upload.SendAsync(file, anew[file.Sha256.Hex], Show, cancellation).ConfigureAwait(false)) throw new IOException($"{name}: the storage refuses {file.Name} (HTTP 403); push again, what has arrived is not sent twice");
            }
            done += file.Size;
        }
        return all;
    }
}
