namespace Puna.Inference;

/// <summary>Hidden states of a text's tokens on their way to one vector.</summary>
/// <param name="first">The first position that counts.</param>
/// <param name="count">Positions of the text.</param>
/// <param name="size">C.</param>
internal sealed class StatePooling(int first, int count, int size)
{
    private readonly double[] _sum = new double[size];

    /// <summary>Their mean; complete when all states were added.</summary>
    public float[] Mean => [.. _sum.Select(value => (float)(value / (count - first)))];

    /// <summary>The positions that a kind of pooling counts.</summary>
    /// <param name="pooling">The kind.</param>
    /// <param name="ids">The text.</param>
    /// <param name="begin">The begin symbol, where there is one.</param>
    /// <param name="size">C.</param>
    public static StatePooling Of(EmbeddingPooling pooling, int[] ids, int? begin, int size) => new(pooling switch
    {
        EmbeddingPooling.Last => ids.Length - 1,
        EmbeddingPooling.MeanWithoutBegin when ids.Length > 1 && ids[0] == begin => 1,
        _ => 0,
    }, ids.Length, size);

    /// <summary>Adds a state, [C].</summary>
    public void Add(int position, ReadOnlySpan<float> state)
    {
        if (position < first) return;
        for (var i = 0; i < _sum.Length; i++) _sum[i] += state[i];
    }
}
