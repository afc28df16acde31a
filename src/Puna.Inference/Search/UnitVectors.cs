using System.Numerics;
using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>Hidden states of a text, each divided by its length, for cosines. Used again it allocates only what it grows by.</summary>
internal sealed class UnitVectors
{
    private readonly List<float> _values = [];
    private int _size;

    /// <summary>Forgets all.</summary>
    public void Clear() => _values.Clear();

    /// <summary>Appends a vector; all have the same size.</summary>
    public void Add(ReadOnlySpan<float> vector)
    {
        _size = vector.Length;
        var factor = 1 / Length(vector);
        foreach (var value in vector) _values.Add(value * factor);
    }

    /// <summary>The largest cosine between a vector and those here; −1 where there are none.</summary>
    public double LargestCosine(ReadOnlySpan<float> vector)
    {
        var (largest, length) = (-1.0, Length(vector));
        for (var rest = (ReadOnlySpan<float>)CollectionsMarshal.AsSpan(_values); rest.Length > 0; rest = rest[_size..])
            largest = Math.Max(largest, Dot(rest[.._size], vector) / length);
        return largest;
    }

    private static float Length(ReadOnlySpan<float> vector) => MathF.Max(MathF.Sqrt(Dot(vector, vector)), float.Epsilon);

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (sums, i) = (Vector<float>.Zero, 0);
        for (; i + Vector<float>.Count <= a.Length; i += Vector<float>.Count) sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
