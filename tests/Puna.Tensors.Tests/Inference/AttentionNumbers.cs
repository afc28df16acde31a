using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Key and value heads, queries that share one, numbers of a head.</summary>
internal sealed record HeadShape(int Heads, int Group, int Size);

/// <summary>A sequence's queries, keys and values that a type of cache keeps without rounding, and its attention in double precision.</summary>
internal sealed class AttentionNumbers
{
    private readonly HeadShape _shape;

    public AttentionNumbers(HeadShape shape, CacheType type, int length, ulong seed)
    {
        (_shape, Length) = (shape, length);
        var (wide, narrow, half) = (shape.Heads * shape.Group * shape.Size, shape.Heads * shape.Size, shape.Size / 2);
        Queries = [.. Numbers.Normal((long)length * wide, seed).Select(x => (float)(0.7 * x))];
        Keys = Kept(length * narrow, type, seed + 1);
        Values = Kept(length * narrow, type, seed + 2);
        (Cosine, Sine) = (new float[length * half], new float[length * half]);
        for (var i = 0; i < Cosine.Length; i++)
        {
            // keys are turned before they are rounded: only single precision keeps them then
            var angle = type == CacheType.Float32 ? i / half * Math.Pow(100, -(i % half) / (double)half) : 0;
            (Cosine[i], Sine[i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }
    }

    public int Length { get; }

    /// <summary>[length, heads, group, size].</summary>
    public float[] Queries { get; }

    /// <summary>[length, heads, size].</summary>
    public float[] Keys { get; }

    /// <summary>[length, heads, size].</summary>
    public float[] Values { get; }

    public float[] Cosine { get; }

    public float[] Sine { get; }

    /// <summary>The attention of a query head at a position.</summary>
    public double[] Expected(int position, int head)
    {
        var (size, kept) = (_shape.Size, head / _shape.Group);
        var query = Turned(Queries, ((position * _shape.Heads * _shape.Group) + head) * size, position);
        var scores = new double[position + 1];
        for (var i = 0; i <= position; i++)
        {
            var key = Turned(Keys, ((i * _shape.Heads) + kept) * size, i);
            for (var d = 0; d < size; d++) scores[i] += query[d] * key[d];
            scores[i] /= Math.Sqrt(size);
        }
        var top = scores.Max();
        var total = scores.Sum(score => Math.Exp(score - top));
        var result = new double[size];
        for (var i = 0; i <= position; i++)
            for (var d = 0; d < size; d++) result[d] += Math.Exp(scores[i] - top) / total * Values[(((i * _shape.Heads) + kept) * size) + d];
        return result;
    }

    private double[] Turned(float[] from, int at, int position)
    {
        var half = _shape.Size / 2;
        var result = new double[_shape.Size];
        for (var i = 0; i < half; i++)
        {
            var (a, b, c, s) = ((double)from[at + i], (double)from[at + half + i], (double)Cosine[(position * half) + i], (double)Sine[(position * half) + i]);
            (result[i], result[half + i]) = ((a * c) - (b * s), (b * c) + (a * s));
        }
        return result;
    }

    private float[] Kept(int count, CacheType type, ulong seed)
    {
        if (type == CacheType.Int8) // each group has a 127, so that its scale is 1/64
            return [.. Numbers.Below(255, count, seed).Select((x, i) => (i % _shape.Size % (_shape.Size % 32 == 0 ? 32 : _shape.Size) == 3 ? 127 : x - 127) / 64f)];
        return [.. Numbers.Normal(count, seed).Select(x => type switch { CacheType.Float16 => (float)(Half)x, CacheType.BFloat16 => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)x) & ~0xFFFF), _ => (float)x })];
    }
}
