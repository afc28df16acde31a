using Puna.Text;

namespace Puna.Training;

/// <summary>A folder of tokenised shards, mapped into memory.</summary>
public sealed class ShardFolder : IDisposable
{
    private readonly Dictionary<string, ShardFile> _files = [];

    private ShardFolder(string path, ShardManifest manifest) => (Root, Manifest) = (path, manifest);

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>What it holds.</summary>
    public ShardManifest Manifest { get; }

    /// <summary>All shards.</summary>
    public IEnumerable<ShardFile> Files => _files.Values;

    /// <summary>Bytes of all shards.</summary>
    public long Bytes => Files.Sum(file => file.Header.FileBytes);

    /// <summary>Whether a folder holds shards.</summary>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, ShardManifest.FileName));

    /// <summary>Opens a folder: its manifest and the headers of its shards are read and compared.</summary>
    /// <exception cref="InvalidDataException">Something is missing, damaged or does not fit together.</exception>
    public static ShardFolder Open(string path)
    {
        if (!Directory.Exists(path)) throw new FileNotFoundException($"Folder of shards '{path}' does not exist; write it with puna data prepare.", path);
        var folder = new ShardFolder(path, ShardManifest.Read(path));
        try
        {
            foreach (var part in folder.Manifest.Sources.SelectMany(source => source.Parts.Values)) folder.Open(part);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of a part of a source.</summary>
    public TokenStream Stream(int source, DataPart part) => new([.. Manifest.Sources[source].Part(part).Shards.Select(name => _files[name])]);

    /// <summary>Compares the checksums of all shards, several at a time.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="progress">Receives the share done.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="InvalidDataException">A shard is damaged; the first in order is named.</exception>
    public void Verify(int threads, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (all, done) = (Math.Max(1, Bytes), 0L);
        var gate = new Lock();
        void Read(long bytes)
        {
            lock (gate) progress?.Report(Math.Min(1, (done += bytes) / (double)all));
        }
        foreach (var file in OrderedParallel.Select(Files, threads, file =>
        {
            file.Verify(Read, cancellation);
            return file;
        })) _ = file;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
        _files.Clear();
    }

    private void Open(ShardPart part)
    {
        var (tokens, documents) = (0L, 0L);
        foreach (var name in part.Shards)
        {
            var file = new ShardFile(Path.Combine(Root, Path.GetFileName(name)));
            _files.Add(name, file);
            if (Convert.ToHexStringLower(file.Header.Fingerprint) != Manifest.Tokenizer)
                throw new InvalidDataException($"{file.Path}: the shard was made with another tokenizer than {Path.Combine(Root, ShardManifest.FileName)} names; prepare the data again (puna data prepare --overwrite)");
            (tokens, documents) = (tokens + file.Header.TokenCount, documents + file.Header.DocumentCount);
        }
        if (tokens != part.Tokens || documents != part.Documents)
            throw new InvalidDataException($"{Root}: its shards have {tokens} tokens where {ShardManifest.FileName} says {part.Tokens}; prepare the data again (puna data prepare --overwrite)");
    }
}
