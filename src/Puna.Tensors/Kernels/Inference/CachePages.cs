namespace Puna.Tensors;

/// <summary>How keys and values are kept.</summary>
public enum CacheType
{
    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>Halves.</summary>
    Float16,

    /// <summary>bf16.</summary>
    BFloat16,

    /// <summary>Bytes, with a scale for each 32 neighbours of a head (one for the head where that is no multiple of 32).</summary>
    Int8,
}

/// <summary>
/// How a page of the cache lies in memory: the keys and values of <see cref="PagePositions"/> positions in all layers. For each layer and head first the keys, 16 positions side by side
/// ([positions / 16][D][16]), so that the scores of 16 positions are computed without adding across a register, then the values ([positions][D]).
/// Bytes have their scales behind the numbers: keys [positions / 16][D / group][16], values [D / group][positions], in single precision.
/// </summary>
/// <param name="Type">How numbers are kept.</param>
/// <param name="Layers">L.</param>
/// <param name="Heads">K: key and value heads.</param>
/// <param name="HeadSize">D.</param>
public sealed unsafe record CacheLayout(CacheType Type, int Layers, int Heads, int HeadSize)
{
    /// <summary>Positions of a page.</summary>
    public const int PagePositions = 64;

    /// <summary>Positions that lie side by side in keys.</summary>
    public const int Side = 16;

    /// <summary>Neighbours that share a scale.</summary>
    public int ScaleGroup => HeadSize % 32 == 0 ? 32 : HeadSize;

    /// <summary>Bytes of a number.</summary>
    public int NumberBytes => BytesOf(Type);

    /// <summary>Bytes of the numbers of the keys, or of the values, of a head in a page: scales follow them.</summary>
    public int ScaleOffset => PagePositions * HeadSize * NumberBytes;

    /// <summary>Bytes of the keys, or of the values, of a head in a page.</summary>
    public int PartBytes => ScaleOffset + (Type == CacheType.Int8 ? PagePositions * (HeadSize / ScaleGroup) * sizeof(float) : 0);

    /// <summary>Bytes of a layer in a page.</summary>
    public long LayerBytes => 2L * Heads * PartBytes;

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => Layers * LayerBytes;

    /// <summary>Bytes of a number of a type.</summary>
    public static int BytesOf(CacheType type) => type switch { CacheType.Float32 => 4, CacheType.Int8 => 1, _ => 2 };

    /// <summary>Bytes that so many positions take.</summary>
    public long Bytes(long positions) => (positions + PagePositions - 1) / PagePositions * PageBytes;

    /// <summary>Zeroes the keys and values of a page's positions from one on.</summary>
    /// <param name="page">A page.</param>
    /// <param name="position">The first position to clear, counted within the page.</param>
    public void ClearFrom(byte* page, int position)
    {
        var groups = (PartBytes - ScaleOffset) / (PagePositions * sizeof(float)); // 0 where there are no scales
        for (var head = 0; head < Layers * Heads; head++, page += 2L * PartBytes)
        {
            var keys = page;
            var values = page + PartBytes;
            for (var p = position; p < PagePositions; p++)
            {
                ClearLane(keys, p, HeadSize, NumberBytes);
                ClearLane(keys + ScaleOffset, p, groups, sizeof(float));
            }
            new Span<byte>(values, ScaleOffset)[(position * HeadSize * NumberBytes)..].Clear();
            for (var g = 0; g < groups; g++) new Span<float>(values + ScaleOffset, groups * PagePositions).Slice(g * PagePositions, PagePositions)[position..].Clear();
        }
    }

    /// <summary>Zeroes one position of [positions / 16][rows][16].</summary>
    private static void ClearLane(byte* numbers, int position, int rows, int numberBytes)
    {
        for (var row = 0; row < rows; row++) new Span<byte>(numbers + ((((position / Side * rows) + row) * Side) + (position % Side)) * numberBytes, numberBytes).Clear();
    }
}

/// <summary>One layer's attention for a batch. H query heads, K key and value heads, D head size.</summary>
public unsafe ref struct AttentionStep
{
    /// <summary>[tokens, QueryStride]: H·D queries each, not turned yet.</summary>
    public float* Queries { get; init; }

    /// <summary>[tokens, KeyStride]: K·D keys each; turned in place.</summary>
    public float* Keys { get; init; }

    /// <summary>[tokens, KeyStride]: K·D values each.</summary>
    public float* Values { get; init; }

    /// <summary>Receives [tokens, QueryStride].</summary>
    public float* Output { get; init; }

    /// <summary>Numbers between tokens of queries and output.</summary>
    public long QueryStride { get; init; }

    /// <summary>Numbers between tokens of keys and values.</summary>
    public long KeyStride { get; init; }

    /// <summary>H.</summary>
    public int HeadCount { get; init; }

    /// <summary>The layer.</summary>
    public int Layer { get; init; }

    /// <summary>The cache's layout.</summary>
    public CacheLayout Layout { get; init; }

    /// <summary>[positions, D/2] cosines.</summary>
    public float* Cosine { get; init; }

    /// <summary>[positions, D/2] sines.</summary>
    public float* Sine { get; init; }

    /// <summary>The runs of tokens, one for each sequence.</summary>
    public ReadOnlySpan<AttentionRun> Runs { get; init; }
}

/// <summary>Tokens of one sequence within a batch.</summary>
/// <param name="first">Its first row in the batch.</param>
/// <param name="count">Its rows.</param>
/// <param name="position">The position of the first.</param>
/// <param name="pages">Its pages, in order: pointers to <see cref="CacheLayout.PageBytes"/> each.</param>
public readonly unsafe struct AttentionRun(int first, int count, int position, byte** pages)
{
    /// <summary>Its first row in the batch.</summary>
    public int First { get; } = first;

    /// <summary>Its rows.</summary>
    public int Count { get; } = count;

    /// <summary>The position of the first row.</summary>
    public int Position { get; } = position;

    /// <summary>Its pages.</summary>
    public byte** Pages { get; } = pages;
}
