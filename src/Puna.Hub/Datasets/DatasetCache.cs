using Puna.Text;

namespace Puna.Hub;

/// <summary>Where public data sets lie once they were fetched: <c>data/NAME.txt</c> in Puna's cache. One put there by hand is as good, if it is the same file.</summary>
/// <param name="folder">Puna's cache, see <see cref="UserCache"/>.</param>
/// <param name="isOffline">Whether nothing may be asked.</param>
public sealed class DatasetCache(string folder, bool isOffline)
{
    /// <summary>How often a request is repeated.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>The cache that the environment names.</summary>
    /// <param name="variable">Gives the environment's variables.</param>
    public static DatasetCache From(Func<string, string?> variable) => new(UserCache.Folder(variable), HubOptions.IsTrue(variable("HF_HUB_OFFLINE")));

    /// <summary>Where a data set lies or would.</summary>
    public string PathOf(PublicDataset dataset) => Path.Combine(folder, "data", dataset.FileName);

    /// <summary>As <see cref="Ensure(PublicDataset, ITransferDisplay, CancellationToken)"/>, with a copy in a folder where one is named.</summary>
    /// <param name="dataset">Which.</param>
    /// <param name="output">The folder; null for none.</param>
    /// <param name="overwrite">Whether another file of that name there is replaced.</param>
    /// <param name="display">Hears of a download, with its licence.</param>
    /// <param name="cancellation">Stops; what arrived is kept.</param>
    /// <returns>The copy, or the file in the cache.</returns>
    public string Place(PublicDataset dataset, string? output, bool overwrite, ITransferDisplay display, CancellationToken cancellation)
    {
        var target = output is null ? null : new TargetFolder(output).PathOf(dataset.FileName);
        var hash = new ContentHash(HashKind.Sha256, dataset.Sha256);
        var isThere = target is not null && File.Exists(target);
        if (isThere && hash.OfFile(target!, cancellation) == hash) return target!;
        if (isThere && !overwrite) throw new InvalidDataException($"{target} is there and is not {dataset.Name}; --overwrite replaces it, --output DIR takes another folder");
        var path = Ensure(dataset, display, cancellation);
        if (target is null) return path;
        AtomicFile.Write(target, stream =>
        {
            using var file = File.OpenRead(path);
            file.CopyTo(stream);
        });
        return target;
    }

    /// <summary>The file, fetched where it is not there; checked either way.</summary>
    /// <param name="dataset">Which.</param>
    /// <param name="display">Hears of a download, with its licence.</param>
    /// <param name="cancellation">Stops; what arrived is kept.</param>
    /// <exception cref="InvalidDataException">It is not there and nothing may be asked; or what is there is another file.</exception>
    /// <exception cref="IOException">It cannot be fetched or kept; the sentence says where to put it by hand.</exception>
    public string Ensure(PublicDataset dataset, ITransferDisplay display, CancellationToken cancellation)
    {
        var path = PathOf(dataset);
        var item = new DownloadItem(dataset.Name, dataset.Address, path, dataset.Bytes, new ContentHash(HashKind.Sha256, dataset.Sha256));
        if (item.IsWhole(cancellation)) return path;
        var byHand = $"put {dataset.Address} ({dataset.Bytes} bytes, sha256 {dataset.Sha256}) at {path}";
        if (File.Exists(path)) throw new InvalidDataException($"{path} is another file than {dataset.Name}: it has {item.Hash.OfFile(path, cancellation)}; delete it, or {byHand}");
        if (isOffline) throw new InvalidDataException($"{dataset.Name} is not in the cache and HF_HUB_OFFLINE is set; {byHand}");
        display.Stage($"download {dataset.Name}, {HubText.Bytes(dataset.Bytes)}");
        display.Say($"{dataset.Name}: {dataset.About}; licence {dataset.Licence}");
        var home = new UriBuilder(dataset.Address) { Path = "/", Query = "" }.Uri;
        using var http = new HubHttp(new HubOptions(home, new AllowedHosts([home.IsDefaultPort ? home.Host : home.Authority])) { Retry = Retry, IsHub = false }, display);
        try
        {
            new FileDownload(http, display, bytes => display.Progress(bytes / (double)dataset.Bytes)).FetchAsync(item, cancellation).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new IOException($"{exception.Message.TrimEnd('.')}. Without a network: {byHand}", exception);
        }
        display.Say($"{dataset.Name} is kept in {path}");
        return path;
    }
}
