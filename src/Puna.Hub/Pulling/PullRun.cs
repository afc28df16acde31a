namespace Puna.Hub;

/// <summary>Brings a model's files from a hub, all of one commit, each checked. What is there already, whole and right, is not fetched again. The protocol: docs/hub.md.</summary>
public static class PullRun
{
    /// <summary>Pulls.</summary>
    /// <param name="options">What and where to.</param>
    /// <param name="hub">From whom.</param>
    /// <param name="display">Hears what happens.</param>
    /// <param name="cancellation">Stops; what arrived is kept and used by the next pull.</param>
    /// <exception cref="InvalidDataException">The model is not there or not for this token, a name or a redirect leads where it may not, or a file is in the way.</exception>
    /// <exception cref="IOException">The network, the hub or the disk failed.</exception>
    public static PullResult Run(PullOptions options, HubOptions hub, ITransferDisplay display, CancellationToken cancellation) =>
        RunAsync(options, hub, display, cancellation).GetAwaiter().GetResult();

    internal static async Task<PullResult> RunAsync(PullOptions options, HubOptions hub, ITransferDisplay display, CancellationToken cancellation)
    {
        var name = options.Name;
        var folder = new TargetFolder(options.Output ?? RemotePath.Check(name.Name)[0]);
        using var http = new HubHttp(hub, display);
        var info = await ModelInfo.ReadAsync(http, name, options.Revision, cancellation).ConfigureAwait(false);
        var commit = info.Commit ?? throw new InvalidDataException($"{name} has no commit yet, so there is nothing to pull");
        display.Say($"{name} at {commit[..12]}, licence {info.Licence?.ToString() ?? "not stated: ask its owners before you use it"}");
        if (info.IsGated && hub.Token is null)
            throw new InvalidDataException($"{name} is gated: its owners want their conditions accepted first. Accept them at {hub.Endpoint.AbsoluteUri.TrimEnd('/')}/{name}, then give a token of that account in HF_TOKEN");
        var files = await RemoteListing.ReadAsync(http, name, commit, cancellation).ConfigureAwait(false);
        var chosen = options.Selection.Choose(files, name.ToString());
        // small files first: whoever looks at the folder meanwhile sees what it will be; weights complete it
        DownloadItem[] items = [.. chosen.OrderBy(file => file.Size).ThenBy(file => file.Path, StringComparer.Ordinal).Select(file => ItemOf(file, name, commit, hub, folder))];
        var isThere = LookAt(items, options.Overwrite, display, cancellation);
        var all = items.Where((_, i) => !isThere[i]).Sum(item => item.Size);
        folder.RequireRoom(items.Where((_, i) => !isThere[i]).Sum(item => Math.Max(0, item.Size - new PartFile(item).Length)));
        if (all > 0) display.Stage($"download {HubText.Bytes(all)}");
        long done = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (isThere[i]) continue;
            var before = done;
            await new FileDownload(http, display, bytes => display.Progress(all == 0 ? 1 : (before + bytes) / (double)all)).FetchAsync(items[i], cancellation).ConfigureAwait(false);
            done += items[i].Size;
        }
        PulledFile[] pulled = [.. items.Select((item, i) => new PulledFile(item.Subject[(name.ToString().Length + 2)..], item.Size, item.Hash.ToString(), isThere[i]))];
        display.Say($"{pulled.Length} files, {HubText.Bytes(items.Sum(item => item.Size))}, all checked; {HubText.Bytes(all)} came now{(files.Count > chosen.Count ? $"; {files.Count - chosen.Count} files left out (--all takes everything)" : "")}");
        return new PullResult(folder.Root, commit, info.Licence, pulled, files.Count - chosen.Count);
    }

    private static DownloadItem ItemOf(RemoteFile file, ModelName name, string commit, HubOptions hub, TargetFolder folder)
    {
        var target = folder.PathOf(file.Path);
        return new DownloadItem($"{name}: {file.Path}", hub.At($"/{name}/resolve/{commit}/{RemotePath.Escape(file.Path)}"), target, file.Size, file.Hash) { Commit = commit };
    }

    /// <summary>Which files are there already. One that is another is in the way unless it may be replaced.</summary>
    private static bool[] LookAt(DownloadItem[] items, bool overwrite, ITransferDisplay display, CancellationToken cancellation)
    {
        bool[] isThere = [.. items.Select(item => item.IsWhole(cancellation))];
        var others = items.Where((item, i) => !isThere[i] && Path.Exists(item.Target)).ToArray();
        if (others.FirstOrDefault(item => Directory.Exists(item.Target)) is { } folder) throw new InvalidDataException($"{folder.Target} is a folder where the model has a file; give another folder with --output");
        if (others.Length > 0 && !overwrite)
            throw new InvalidDataException($"{others[0].Target} is there with another content than the hub's{(others.Length > 1 ? $", and so are {others.Length - 1} more" : "")}; --overwrite replaces {(others.Length > 1 ? "them" : "it")}, --output DIR takes another folder");
        if (others.Length > 0) display.Say($"{others.Length} files here have another content and will be replaced");
        return isThere;
    }
}
