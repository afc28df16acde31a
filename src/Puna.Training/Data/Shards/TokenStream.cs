namespace Puna.Training;

/// <summary>The tokens of one source, one shard after the other as one long text of documents. Safe for use by several threads.</summary>
public sealed class TokenStream
{
    private readonly IReadOnlyList<ShardFile> _shards;
    private readonly long[] _starts;

    /// <summary>A stream over shards, in order.</summary>
    public TokenStream(IReadOnlyList<ShardFile> shards)
    {
        _shards = shards;
        _starts = new long[shards.Count + 1];
        for (var i = 0; i < shards.Count; i++) _starts[i + 1] = _starts[i] + shards[i].Header.TokenCount;
        DocumentCount = shards.Sum(shard => shard.Header.DocumentCount);
        TextBytes = shards.Sum(shard => shard.Header.TextBytes);
    }

    /// <summary>Tokens.</summary>
    public long TokenCount => _starts[^1];

    /// <summary>Documents.</summary>
    public long DocumentCount { get; }

    /// <summary>UTF-8 bytes of text.</summary>
    public long TextBytes { get; }

    /// <summary>Copies tokens, across shards where they go on.</summary>
    /// <param name="start">First token.</param>
    /// <param name="target">Receives as many as it has room for.</param>
    public void Copy(long start, Span<int> target)
    {
        for (var shard = Shard(start); !target.IsEmpty; shard++)
        {
            var count = (int)Math.Min(target.Length, _starts[shard + 1] - start);
            _shards[shard].Copy(start - _starts[shard], target[..count]);
            target = target[count..];
            start += count;
        }
    }

    /// <summary>Where the document that holds a token ends: the first token after it.</summary>
    public long DocumentEnd(long token)
    {
        var shard = Shard(token);
        var document = _shards[shard].FindDocument(token - _starts[shard]);
        return _starts[shard] + _shards[shard].DocumentStart(document + 1);
    }

    /// <summary>The documents in order, each as an array of its own.</summary>
    public IEnumerable<int[]> Documents()
    {
        foreach (var shard in _shards)
            for (var document = 0L; document < shard.Header.DocumentCount; document++)
            {
                var start = shard.DocumentStart(document);
                var ids = new int[shard.DocumentStart(document + 1) - start];
                shard.Copy(start, ids);
                yield return ids;
            }
    }

    private int Shard(long token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)token, (ulong)TokenCount);
        var found = Array.BinarySearch(_starts, token);
        if (found < 0) return ~found - 1;
        while (_starts[found + 1] == token) found++; // an empty shard begins where the next one does
        return found;
    }
}
