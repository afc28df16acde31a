namespace Puna.Tensors;

/// <summary>
/// Attention of up to 8 queries to some of their positions: for each the highest score, the sum of e^(score − highest) and the sum of values weighted so. Two of them make
/// that of both lots of positions (Milakov and Gimelshein 2018).
/// </summary>
/// <param name="memory"><see cref="Numbers"/> numbers.</param>
/// <param name="stride">Numbers between rows of values: the head size rounded up to 16.</param>
internal readonly unsafe struct AttentionPartial<V>(float* memory, int stride)
    where V : unmanaged, ILanes<V, float>
{
    private const int Rows = AttentionTiles.Rows, Lanes = 16; // a register reaches beyond 8 rows

    /// <summary>[8, stride]: sums of values.</summary>
    public float* Output => memory;

    /// <summary>[8]: highest scores.</summary>
    public float* Highest => memory + (Rows * stride);

    /// <summary>[8]: sums of weights; 0 where no position was seen.</summary>
    public float* Total => Highest + Lanes;

    /// <summary>Numbers that one takes.</summary>
    public static int Numbers(int stride) => (Rows * stride) + (2 * Lanes);

    /// <summary>Nothing seen.</summary>
    public void Clear()
    {
        new Span<float>(Output, Rows * stride).Clear();
        Forget();
    }

    /// <summary>Nothing seen; sums of values are not read then.</summary>
    public void Forget()
    {
        new Span<float>(Highest, Lanes).Fill(float.NegativeInfinity);
        new Span<float>(Total, Lanes).Clear();
    }

    /// <summary>Adds another's positions for some rows; a row that saw none of them keeps its bits.</summary>
    public void Add(AttentionPartial<V> other, int rows)
    {
        var top = stackalloc float[3 * Lanes];
        float* own = top + Lanes, added = own + Lanes;
        for (var i = 0; i < Rows; i += V.Count)
        {
            var (mine, theirs) = (V.Load(Highest + i), V.Load(other.Highest + i));
            var larger = V.Max(mine, theirs);
            V.Store(larger, top + i);
            V.Store(V.Exp(mine - larger), own + i);
            V.Store(V.Exp(theirs - larger), added + i);
        }
        for (var row = 0; row < rows; row++)
        {
            if (other.Total[row] == 0) continue;
            Highest[row] = top[row];
            Total[row] = (Total[row] * own[row]) + (other.Total[row] * added[row]);
            var (f, g) = (V.Create(own[row]), V.Create(added[row]));
            float* to = Output + (row * stride), from = other.Output + (row * stride);
            for (var i = 0; i < stride; i += V.Count) V.Store(V.MultiplyAdd(V.Load(to + i), f, V.Load(from + i) * g), to + i);
        }
    }

    /// <summary>Writes a row's attention: values by weights that sum to 1.</summary>
    public void Write(int row, float* to, int size)
    {
        var from = Output + (row * stride);
        var inverse = 1 / Total[row];
        var (factor, i) = (V.Create(inverse), 0);
        for (; i + V.Count <= size; i += V.Count) V.Store(V.Load(from + i) * factor, to + i);
        for (; i < size; i++) to[i] = from[i] * inverse;
    }
}
