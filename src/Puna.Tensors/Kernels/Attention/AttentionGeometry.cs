namespace Puna.Tensors;

/// <summary>Pointers, sizes and mask of an attention, shared by its kernels.</summary>
internal unsafe struct AttentionGeometry<T>
    where T : unmanaged
{
    /// <summary>Queries that are worked on together.</summary>
    public const int QueryBlock = 64;

    /// <summary>Keys that are worked on together.</summary>
    public const int KeyBlock = 128;

    public T* Q, K, V;
    public int* Documents;
    public int Queries, Keys, Heads, KeyValueHeads, HeadSize, Window;
    public bool Causal;
    public double Scale;
    public DropoutFactors<T> Dropout;

    /// <summary>Distance between rows of q, and of k and v.</summary>
    public readonly nint QueryRow => (nint)Heads * HeadSize;

    public readonly nint KeyRow => (nint)KeyValueHeads * HeadSize;

    public static AttentionGeometry<T> Of(Tensor q, Tensor k, Tensor v, Tensor? documents, in AttentionShape shape, in AttentionDropout dropout) => new()
    {
        Q = q.Pointer<T>(),
        K = k.Pointer<T>(),
        V = v.Pointer<T>(),
        Documents = documents is null ? null : documents.Pointer<int>(),
        Queries = (int)(q.Shape.Rows / shape.Batch),
        Keys = (int)(k.Shape.Rows / shape.Batch),
        Heads = shape.Heads,
        KeyValueHeads = shape.KeyValueHeads,
        HeadSize = shape.HeadSize,
        Window = shape.Window,
        Causal = shape.Causal,
        Scale = 1 / Math.Sqrt(shape.HeadSize),
        Dropout = new(dropout.Probability, dropout.Key),
    };

    /// <summary>Keys [first, end) that query <paramref name="t"/> may see before documents are considered.</summary>
    public readonly (int First, int End) Range(int t)
    {
        var position = Keys - Queries + t;
        return (Window > 0 ? Math.Max(0, position - Window + 1) : 0, Causal ? position + 1 : Keys);
    }

    /// <summary>Puts minus infinity where the score of query <paramref name="t"/> and keys [first, end) belongs to another document.</summary>
    public readonly void MaskDocuments(T* scores, int batch, int t, int first, int end)
    {
        if (Documents is null) return;
        var documents = Documents + ((long)batch * Keys);
        var own = documents[Keys - Queries + t];
        for (var s = first; s < end; s++)
        {
            if (documents[s] != own) scores[s - first] = Scalar.NegativeInfinity<T>();
        }
    }
}
