using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// The two inner loops of attention over a page of the cache, for 8, 4 or 1 queries at once: scores of positions, which lie side by side, and sums of values weighted
/// by them. A query's numbers do not depend on how many are computed at once.
/// </summary>
internal static unsafe class AttentionRows<V, N>
    where V : unmanaged, ILanes<V, float>
    where N : struct, ICacheNumbers<V>
{
    private const int Side = CacheLayout.Side, Page = CacheLayout.PagePositions;

    /// <summary>s[row, position] = Σ q[row, d]·k[position, d] for all positions of the first sides of a page.</summary>
    /// <param name="keys">[sides][D][16] numbers.</param>
    /// <param name="scales">[sides][D / group][16], where numbers have them.</param>
    /// <param name="sides">Groups of 16 positions.</param>
    /// <param name="size">D.</param>
    /// <param name="group">Neighbours that share a scale.</param>
    /// <param name="q">[rows, D].</param>
    /// <param name="rows">Queries.</param>
    /// <param name="s">[rows, 64].</param>
    public static void Scores(byte* keys, float* scales, int sides, int size, int group, float* q, int rows, float* s)
    {
        for (; rows >= 8; rows -= 8, q += 8 * size, s += 8 * Page) Scores8(keys, scales, sides, size, group, q, s);
        for (; rows >= 4; rows -= 4, q += 4 * size, s += 4 * Page) Scores4(keys, scales, sides, size, group, q, s);
        for (; rows > 0; rows--, q += size, s += Page) Scores1(keys, scales, sides, size, group, q, s);
    }

    /// <summary>o[row] += Σ p[row, position]·v[position].</summary>
    /// <param name="values">[64][D] numbers.</param>
    /// <param name="scales">[64][D / group], where numbers have them.</param>
    /// <param name="count">Positions.</param>
    /// <param name="size">D.</param>
    /// <param name="group">Neighbours that share a scale.</param>
    /// <param name="p">[rows, 64].</param>
    /// <param name="rows">Queries.</param>
    /// <param name="o">[rows, stride]; D rounded up to 16 numbers each are written.</param>
    /// <param name="stride">Numbers between rows of o.</param>
    public static void Values(byte* values, float* scales, int count, int size, int group, float* p, int rows, float* o, int stride)
    {
        for (; rows >= 8; rows -= 8, p += 8 * Page, o += 8 * stride) Values8(values, scales, count, size, group, p, o, stride);
        for (; rows >= 4; rows -= 4, p += 4 * Page, o += 4 * stride) Values4(values, scales, count, size, group, p, o, stride);
        for (; rows > 0; rows--, p += Page, o += stride) Values1(values, scales, count, size, group, p, o);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Key(byte* keys, float* scales, int side, int d, int j, int size, int group)
    {
        var k = N.Load(keys + (((((side * size) + d) * Side) + j) * N.Bytes));
        return N.HasScales ? k * V.Load(scales + ((((side * (size / group)) + (d / group)) * Side) + j)) : k;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Value(byte* values, float* scales, int position, int j, int size, int group)
    {
        var v = N.Load(values + (((position * size) + j) * N.Bytes));
        return N.HasScales ? v * V.Create(scales[(position * (size / group)) + (j / group)]) : v;
    }

    private static void Scores8(byte* keys, float* scales, int sides, int size, int group, float* q, float* s)
    {
        for (var side = 0; side < sides; side++)
        {
            for (var j = 0; j < Side; j += V.Count)
            {
                V a0 = V.Create(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
                for (var d = 0; d < size; d++)
                {
                    var k = Key(keys, scales, side, d, j, size, group);
                    var x = q + d;
                    a0 = V.MultiplyAdd(k, V.Create(x[0]), a0);
                    a1 = V.MultiplyAdd(k, V.Create(x[size]), a1);
                    a2 = V.MultiplyAdd(k, V.Create(x[2 * size]), a2);
                    a3 = V.MultiplyAdd(k, V.Create(x[3 * size]), a3);
                    a4 = V.MultiplyAdd(k, V.Create(x[4 * size]), a4);
                    a5 = V.MultiplyAdd(k, V.Create(x[5 * size]), a5);
                    a6 = V.MultiplyAdd(k, V.Create(x[6 * size]), a6);
                    a7 = V.MultiplyAdd(k, V.Create(x[7 * size]), a7);
                }
                var to = s + (side * Side) + j;
                V.Store(a0, to);
                V.Store(a1, to + Page);
                V.Store(a2, to + (2 * Page));
                V.Store(a3, to + (3 * Page));
                V.Store(a4, to + (4 * Page));
                V.Store(a5, to + (5 * Page));
                V.Store(a6, to + (6 * Page));
                V.Store(a7, to + (7 * Page));
            }
        }
    }

    private static void Scores4(byte* keys, float* scales, int sides, int size, int group, float* q, float* s)
    {
        for (var side = 0; side < sides; side++)
        {
            for (var j = 0; j < Side; j += V.Count)
            {
                V a0 = V.Create(0), a1 = a0, a2 = a0, a3 = a0;
                for (var d = 0; d < size; d++)
                {
                    var k = Key(keys, scales, side, d, j, size, group);
                    var x = q + d;
                    a0 = V.MultiplyAdd(k, V.Create(x[0]), a0);
                    a1 = V.MultiplyAdd(k, V.Create(x[size]), a1);
                    a2 = V.MultiplyAdd(k, V.Create(x[2 * size]), a2);
                    a3 = V.MultiplyAdd(k, V.Create(x[3 * size]), a3);
                }
                var to = s + (side * Side) + j;
                V.Store(a0, to);
                V.Store(a1, to + Page);
                V.Store(a2, to + (2 * Page));
                V.Store(a3, to + (3 * Page));
            }
        }
    }

    /// <summary>One query: up to four groups of positions at once, so that an addition need not wait for the one before it.</summary>
    private static void Scores1(byte* keys, float* scales, int sides, int size, int group, float* q, float* s)
    {
        var side = 0;
        for (; side + 4 <= sides; side += 4)
        {
            for (var j = 0; j < Side; j += V.Count)
            {
                V a0 = V.Create(0), a1 = a0, a2 = a0, a3 = a0;
                for (var d = 0; d < size; d++)
                {
                    var x = V.Create(q[d]);
                    a0 = V.MultiplyAdd(Key(keys, scales, side, d, j, size, group), x, a0);
                    a1 = V.MultiplyAdd(Key(keys, scales, side + 1, d, j, size, group), x, a1);
                    a2 = V.MultiplyAdd(Key(keys, scales, side + 2, d, j, size, group), x, a2);
                    a3 = V.MultiplyAdd(Key(keys, scales, side + 3, d, j, size, group), x, a3);
                }
                var to = s + (side * Side) + j;
                V.Store(a0, to);
                V.Store(a1, to + Side);
                V.Store(a2, to + (2 * Side));
                V.Store(a3, to + (3 * Side));
            }
        }
        for (; side < sides; side++)
        {
            for (var j = 0; j < Side; j += V.Count)
            {
                var a = V.Create(0);
                for (var d = 0; d < size; d++) a = V.MultiplyAdd(Key(keys, scales, side, d, j, size, group), V.Create(q[d]), a);
                V.Store(a, s + (side * Side) + j);
            }
        }
    }

    private static void Values8(byte* values, float* scales, int count, int size, int group, float* p, float* o, int stride)
    {
        for (var j = 0; j < size; j += V.Count)
        {
            var to = o + j;
            V a0 = V.Load(to), a1 = V.Load(to + stride), a2 = V.Load(to + (2 * stride)), a3 = V.Load(to + (3 * stride));
            V a4 = V.Load(to + (4 * stride)), a5 = V.Load(to + (5 * stride)), a6 = V.Load(to + (6 * stride)), a7 = V.Load(to + (7 * stride));
            for (var position = 0; position < count; position++)
            {
                var v = Value(values, scales, position, j, size, group);
                var w = p + position;
                a0 = V.MultiplyAdd(v, V.Create(w[0]), a0);
                a1 = V.MultiplyAdd(v, V.Create(w[Page]), a1);
                a2 = V.MultiplyAdd(v, V.Create(w[2 * Page]), a2);
                a3 = V.MultiplyAdd(v, V.Create(w[3 * Page]), a3);
                a4 = V.MultiplyAdd(v, V.Create(w[4 * Page]), a4);
                a5 = V.MultiplyAdd(v, V.Create(w[5 * Page]), a5);
                a6 = V.MultiplyAdd(v, V.Create(w[6 * Page]), a6);
                a7 = V.MultiplyAdd(v, V.Create(w[7 * Page]), a7);
            }
            V.Store(a0, to);
            V.Store(a1, to + stride);
            V.Store(a2, to + (2 * stride));
            V.Store(a3, to + (3 * stride));
            V.Store(a4, to + (4 * stride));
            V.Store(a5, to + (5 * stride));
            V.Store(a6, to + (6 * stride));
            V.Store(a7, to + (7 * stride));
        }
    }

    private static void Values4(byte* values, float* scales, int count, int size, int group, float* p, float* o, int stride)
    {
        for (var j = 0; j < size; j += V.Count)
        {
            var to = o + j;
            V a0 = V.Load(to), a1 = V.Load(to + stride), a2 = V.Load(to + (2 * stride)), a3 = V.Load(to + (3 * stride));
            for (var position = 0; position < count; position++)
            {
                var v = Value(values, scales, position, j, size, group);
                var w = p + position;
                a0 = V.MultiplyAdd(v, V.Create(w[0]), a0);
                a1 = V.MultiplyAdd(v, V.Create(w[Page]), a1);
                a2 = V.MultiplyAdd(v, V.Create(w[2 * Page]), a2);
                a3 = V.MultiplyAdd(v, V.Create(w[3 * Page]), a3);
            }
            V.Store(a0, to);
            V.Store(a1, to + stride);
            V.Store(a2, to + (2 * stride));
            V.Store(a3, to + (3 * stride));
        }
    }

    private static void Values1(byte* values, float* scales, int count, int size, int group, float* p, float* o)
    {
        var j = 0;
        for (; j + (4 * V.Count) <= size; j += 4 * V.Count)
        {
            V a0 = V.Load(o + j), a1 = V.Load(o + j + V.Count), a2 = V.Load(o + j + (2 * V.Count)), a3 = V.Load(o + j + (3 * V.Count));
            for (var position = 0; position < count; position++)
            {
                var w = V.Create(p[position]);
                a0 = V.MultiplyAdd(Value(values, scales, position, j, size, group), w, a0);
                a1 = V.MultiplyAdd(Value(values, scales, position, j + V.Count, size, group), w, a1);
                a2 = V.MultiplyAdd(Value(values, scales, position, j + (2 * V.Count), size, group), w, a2);
                a3 = V.MultiplyAdd(Value(values, scales, position, j + (3 * V.Count), size, group), w, a3);
            }
            V.Store(a0, o + j);
            V.Store(a1, o + j + V.Count);
            V.Store(a2, o + j + (2 * V.Count));
            V.Store(a3, o + j + (3 * V.Count));
        }
        for (; j < size; j += V.Count)
        {
            var a = V.Load(o + j);
            for (var position = 0; position < count; position++) a = V.MultiplyAdd(Value(values, scales, position, j, size, group), V.Create(p[position]), a);
            V.Store(a, o + j);
        }
    }
}
