using System.Text;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Training;

/// <summary>
/// Turns documents into shards: reads, filters, removes repeated ones, tokenises, writes. Reading, the choice of what is kept, and writing go in order;
/// filtering, hashing and tokenising are done by several threads, a batch each. So the bytes do not depend on the number of threads, and memory holds a few
/// batches and what the removal of duplicates remembers.
/// </summary>
public sealed class ShardBuilder
{
    private const int BatchDocuments = 256, BatchCharacters = 1 << 20;
    private const ulong SplitSeed = 0x53504C4954; // "SPLIT"
    private readonly string _folder;
    private readonly Tokenizer _tokenizer;
    private readonly ShardOptions _options;
    private readonly byte[] _fingerprint;
    private readonly ExactDuplicates? _exact;
    private readonly NearDuplicates? _near;
    private readonly CancellationToken _cancellation;
    private readonly IProgress<double>? _progress;
    private readonly long _allBytes;
    private long _bytesBefore;

    private ShardBuilder(string folder, IReadOnlyList<ShardSource> sources, Tokenizer tokenizer, ShardOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        (_folder, _tokenizer, _options, _progress, _cancellation) = (folder, tokenizer, options, progress, cancellation);
        _fingerprint = TokenizerFingerprint.Of(tokenizer);
        if (options.Deduplication != Deduplication.None) _exact = new ExactDuplicates();
        if (options.Deduplication == Deduplication.Near) _near = new NearDuplicates(options.NearDuplicateThreshold);
        _allBytes = Math.Max(1, sources.Sum(source => source.Files.Sum(file => FileSize.Of(file))));
    }

    /// <summary>Writes shards, their manifest and the tokenizer into an empty folder.</summary>
    /// <param name="folder">The folder; make it with AtomicFolder, so that it is there whole or not at all.</param>
    /// <param name="sources">What to read. Sources that are for validation or test as a whole are read first, so that of two equal documents the one held out stays.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">How.</param>
    /// <param name="settings">What the manifest says of the settings.</param>
    /// <param name="progress">Receives the share of the bytes read.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, or of a source nothing is left to train on.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static ShardManifest Write(string folder, IReadOnlyList<ShardSource> sources, Tokenizer tokenizer, ShardOptions options, IReadOnlyDictionary<string, string> settings, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var builder = new ShardBuilder(folder, sources, tokenizer, options, progress, cancellation);
        var summaries = new ShardSourceSummary[sources.Count];
        foreach (var (source, number) in sources.Select((source, number) => (source, number)).OrderBy(one => one.source.Part is null or DataPart.Train))
            summaries[number] = builder.WriteSource(number, source);
        var manifest = new ShardManifest(ShardManifest.FormatName, ShardHeader.Version, Convert.ToHexStringLower(builder._fingerprint), tokenizer.VocabularySize, settings, summaries);
        tokenizer.Save(folder);
        AtomicFile.WriteText(Path.Combine(folder, ShardManifest.FileName), manifest.ToJson());
        return manifest;
    }

    /// <summary>Every reason for which documents can be removed, in a fixed order.</summary>
    public static IReadOnlyList<string> Reasons(ShardOptions options) =>
    [
        .. options.Filters.SelectMany(filter => filter.Reasons.Select(reason => $"{filter.Name}/{reason}")),
        .. options.Deduplication != Deduplication.None ? ["exact_duplicate"] : (string[])[],
        .. options.Deduplication == Deduplication.Near ? ["near_duplicate"] : (string[])[],
    ];

    private ShardSourceSummary WriteSource(int number, ShardSource source)
    {
        var removed = Reasons(_options).ToDictionary(reason => reason, _ => 0L);
        var (read, kept) = (0L, 0L);
        var writers = new Dictionary<DataPart, PartWriter>();
        try
        {
            var clean = OrderedParallel.Select(Batches(source), _options.Threads, Clean);
            var chosen = clean.Select(batch =>
            {
                read += batch.Length;
                return Choose(batch, removed);
            });
            foreach (var batch in OrderedParallel.Select(chosen, _options.Threads, Encode))
                foreach (var (ids, bytes) in batch)
                {
                    var part = source.Part ?? Draw(number, kept, writers);
                    kept++;
                    if (!writers.TryGetValue(part, out var writer)) writers.Add(part, writer = new PartWriter(_folder, number, part, _tokenizer.VocabularySize, _fingerprint, _options.ShardTokens));
                    writer.Add(ids, bytes);
                }
            var parts = writers.OrderBy(pair => pair.Key).ToDictionary(pair => ShardSourceSummary.PartName(pair.Key), pair => pair.Value.Finish());
            var wanted = ShardSourceSummary.PartName(source.Part ?? DataPart.Train);
            if (!parts.TryGetValue(wanted, out var needed) || needed.Tokens < 2)
                throw new InvalidDataException($"{source.Name}: of {read} documents {kept} are left after filters and the removal of duplicates, which leaves nothing for the part '{wanted}'; relax data.filters or data.split, see whether data.document_separator stands between the documents, or give more data");
            return new ShardSourceSummary(source.Name, source.Files.Count, read, removed, parts);
        }
        finally
        {
            foreach (var writer in writers.Values) writer.Dispose();
        }
    }

    private IEnumerable<List<string>> Batches(ShardSource source)
    {
        var (batch, characters) = (new List<string>(), 0);
        foreach (var file in source.Files)
        {
            foreach (var document in DocumentReader.Read(file, source.Options, bytes => _progress?.Report(Math.Min(1, (_bytesBefore + bytes) / (double)_allBytes))))
            {
                batch.Add(document);
                characters += document.Length;
                if (batch.Count < BatchDocuments && characters < BatchCharacters) continue;
                _cancellation.ThrowIfCancellationRequested();
                yield return batch;
                (batch, characters) = ([], 0);
            }
            _bytesBefore += FileSize.Of(file);
        }
        _progress?.Report(Math.Min(1, _bytesBefore / (double)_allBytes));
        if (batch.Count > 0) yield return batch;
    }

    private Candidate[] Clean(List<string> batch)
    {
        var candidates = new Candidate[batch.Count];
        for (var i = 0; i < candidates.Length; i++)
        {
            var text = batch[i];
            string? reason = null;
            foreach (var filter in _options.Filters)
            {
                if (filter.Reject(ref text) is not { } found) continue;
                reason = $"{filter.Name}/{found}";
                break;
            }
            candidates[i] = reason is not null ? new Candidate("", reason, default, null)
                : new Candidate(text, null, _exact is null ? default : ExactDuplicates.Hash(text), _near is null ? null : MinHash.Signature(text));
        }
        return candidates;
    }

    private List<string> Choose(Candidate[] batch, Dictionary<string, long> removed)
    {
        var chosen = new List<string>(batch.Length);
        foreach (var (text, rejected, hash, signature) in batch)
        {
            var reason = rejected;
            if (reason is null && _exact?.Add(hash) == false) reason = "exact_duplicate";
            if (reason is null && _near?.Add(signature) == false) reason = "near_duplicate";
            if (reason is null) chosen.Add(text);
            else removed[reason]++;
        }
        return chosen;
    }

    private List<(int[] Ids, long Bytes)> Encode(List<string> batch)
    {
        var encoded = new List<(int[] Ids, long Bytes)>(batch.Count);
        foreach (var text in batch)
        {
            var ids = _tokenizer.Encode(text, new EncodeOptions(_tokenizer.AddsBos, AddEos: true));
            if (ids.Length > 0) encoded.Add((ids, Encoding.UTF8.GetByteCount(text)));
        }
        return encoded;
    }

    /// <summary>The part of a document: a function of its number alone, until a held-out part is full.</summary>
    private DataPart Draw(int source, long document, Dictionary<DataPart, PartWriter> writers)
    {
        var place = Philox.Block((ulong)document, (ulong)source, SplitSeed).X0 / 4294967296.0;
        var part = place < _options.ValidationShare ? DataPart.Validation : place < _options.ValidationShare + _options.TestShare ? DataPart.Test : DataPart.Train;
        return part != DataPart.Train && writers.TryGetValue(part, out var writer) && writer.TokenCount >= _options.HeldOutTokens ? DataPart.Train : part;
    }

    private sealed record Candidate(string Text, string? Reason, UInt128 Hash, uint[]? Signature);

    /// <summary>The shards of one part of a source.</summary>
    private sealed class PartWriter(string folder, int source, DataPart part, int vocabularySize, byte[] fingerprint, long shardTokens) : IDisposable
    {
        private readonly List<string> _names = [];
        private ShardWriter? _shard;
        private long _documents, _bytes, _finished;

        public long TokenCount => _finished + (_shard?.TokenCount ?? 0);

        public void Add(int[] ids, long bytes)
        {
            if (_shard is null)
            {
                _names.Add($"{ShardSourceSummary.PartName(part)}-{source:00}-{_names.Count:00000}.shard");
                _shard = new ShardWriter(Path.Combine(folder, _names[^1]), vocabularySize, fingerprint);
            }
            _shard.Add(ids, bytes);
            _documents++;
            _bytes += bytes;
            if (_shard.TokenCount >= shardTokens) Close();
        }

        public ShardPart Finish()
        {
            Close();
            return new ShardPart(_documents, _finished, _bytes, _names);
        }

        public void Dispose() => _shard?.Dispose();

        private void Close()
        {
            if (_shard is null) return;
            _finished += _shard.Finish().TokenCount;
            _shard.Dispose();
            _shard = null;
        }
    }
}
