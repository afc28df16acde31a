using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>The loops over one contiguous row that several operations share: whole registers first, single elements after.</summary>
internal static unsafe class VectorLoops<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>destination = or += source.</summary>
    public static void CopyOrAdd(T* source, T* destination, int count, bool add)
    {
        if (!add)
        {
            Buffer.MemoryCopy(source, destination, (long)count * sizeof(T), (long)count * sizeof(T));
            return;
        }
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Store(V.Load(destination + i) + V.Load(source + i), destination + i);
        for (; i < count; i++) destination[i] = Scalar.Add(destination[i], source[i]);
    }

    /// <summary>Σ x·y.</summary>
    public static T Dot(T* x, T* y, int count)
    {
        V s0 = default, s1 = default;
        var i = 0;
        for (; i <= count - (2 * V.Count); i += 2 * V.Count)
        {
            s0 = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), s0);
            s1 = V.MultiplyAdd(V.Load(x + i + V.Count), V.Load(y + i + V.Count), s1);
        }
        for (; i <= count - V.Count; i += V.Count) s0 = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), s0);
        var sum = V.Sum(s0 + s1);
        for (; i < count; i++) sum = Scalar.Add(sum, Scalar.Multiply(x[i], y[i]));
        return sum;
    }

    /// <summary>Σ x·y with y in bf16.</summary>
    public static T Dot(T* x, ushort* y, int count)
    {
        V sum = default;
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) sum = V.MultiplyAdd(V.Load(x + i), V.LoadBFloat16(y + i), sum);
        var total = Scalar.ToDouble(V.Sum(sum));
        for (; i < count; i++) total += Scalar.ToDouble(x[i]) * BitConverter.UInt32BitsToSingle((uint)y[i] << 16);
        return Scalar.From<T>(total);
    }

    /// <summary>destination = source, which is bf16.</summary>
    public static void LoadBFloat16(ushort* source, T* destination, int count)
    {
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Store(V.LoadBFloat16(source + i), destination + i);
        for (; i < count; i++) destination[i] = Scalar.From<T>(BitConverter.UInt32BitsToSingle((uint)source[i] << 16));
    }

    /// <summary>y += scale · x.</summary>
    public static void AddScaled(T scale, T* x, T* y, int count)
    {
        var s = V.Create(scale);
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Store(V.MultiplyAdd(s, V.Load(x + i), V.Load(y + i)), y + i);
        for (; i < count; i++) y[i] = Scalar.Add(y[i], Scalar.Multiply(scale, x[i]));
    }

    /// <summary>x *= scale.</summary>
    public static void Scale(T scale, T* x, int count)
    {
        var s = V.Create(scale);
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Store(V.Load(x + i) * s, x + i);
        for (; i < count; i++) x[i] = Scalar.Multiply(x[i], scale);
    }

    /// <summary>destination = or += x·y.</summary>
    public static void Product(T* x, T* y, T* destination, int count, bool add)
    {
        var i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            var product = V.Load(x + i) * V.Load(y + i);
            V.Store(add ? product + V.Load(destination + i) : product, destination + i);
        }
        for (; i < count; i++)
        {
            var product = Scalar.Multiply(x[i], y[i]);
            destination[i] = add ? Scalar.Add(destination[i], product) : product;
        }
    }

    /// <summary>The largest element; minus infinity of an empty row.</summary>
    public static T Max(T* x, int count)
    {
        var best = Scalar.NegativeInfinity<T>();
        var i = 0;
        if (count >= V.Count)
        {
            var v = V.Load(x);
            for (i = V.Count; i <= count - V.Count; i += V.Count) v = V.Max(v, V.Load(x + i));
            best = V.Largest(v);
        }
        for (; i < count; i++) best = Scalar.Max(best, x[i]);
        return best;
    }

    /// <summary>x = e^(x − shift); returns the sum.</summary>
    public static T ExpSum(T* x, T shift, int count)
    {
        var s = V.Create(shift);
        V sum = default;
        var i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            var e = V.Exp(V.Load(x + i) - s);
            V.Store(e, x + i);
            sum += e;
        }
        var total = V.Sum(sum);
        for (; i < count; i++)
        {
            x[i] = Scalar.Exp(Scalar.Subtract(x[i], shift));
            total = Scalar.Add(total, x[i]);
        }
        return total;
    }

    /// <summary>destination = the nearest bf16 numbers of source.</summary>
    public static void RoundToBFloat16(T* source, T* destination, int count)
    {
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Store(V.RoundToBFloat16(V.Load(source + i)), destination + i);
        if (i == count) return;
        var lanes = stackalloc T[V.Count];
        Unsafe.InitBlock(lanes, 0, (uint)(V.Count * sizeof(T)));
        for (var j = i; j < count; j++) lanes[j - i] = source[j];
        V.Store(V.RoundToBFloat16(V.Load(lanes)), lanes);
        for (var j = i; j < count; j++) destination[j] = lanes[j - i];
    }

    /// <summary>destination = the nearest bf16 numbers of source, two bytes each.</summary>
    public static void StoreBFloat16(T* source, ushort* destination, int count)
    {
        var i = 0;
        for (; i <= count - V.Count; i += V.Count) V.StoreBFloat16(V.Load(source + i), destination + i);
        if (i == count) return;
        var lanes = stackalloc T[V.Count];
        var rounded = stackalloc ushort[V.Count];
        Unsafe.InitBlock(lanes, 0, (uint)(V.Count * sizeof(T)));
        for (var j = i; j < count; j++) lanes[j - i] = source[j];
        V.StoreBFloat16(V.Load(lanes), rounded);
        for (var j = i; j < count; j++) destination[j] = rounded[j - i];
    }
}
