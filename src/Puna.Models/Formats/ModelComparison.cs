using Puna.Tensors;

namespace Puna.Models;

/// <summary>A tensor of two models.</summary>
/// <param name="Name">Hugging Face's name.</param>
/// <param name="Types">How each stores it; null where it lacks it.</param>
/// <param name="Shapes">Its shape in each, as text; null where it lacks it.</param>
/// <param name="Different">Numbers that differ; null where the shapes do.</param>
/// <param name="Largest">Largest difference of two numbers.</param>
/// <param name="Relative">√(Σ(a − b)² / Σa²): 0 for the same numbers.</param>
public sealed record TensorDifference(string Name, (string? A, string? B) Types, (string? A, string? B) Shapes, long? Different, double Largest, double Relative)
{
    /// <summary>Whether both hold it with the same numbers.</summary>
    public bool IsSame => Different == 0;
}

/// <summary>Compares two models tensor by tensor, whatever kind of file each is, holding no more than two tensors at a time.</summary>
public static class ModelComparison
{
    /// <summary>Every tensor of either, in the order of the first.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <param name="progress">Hears the share that is done, 0 to 1.</param>
    /// <exception cref="InvalidDataException">A tensor cannot be read.</exception>
    public static IEnumerable<TensorDifference> Compare(StoredWeights a, StoredWeights b, Action<double>? progress = null)
    {
        string[] names = [.. a.Tensors.Keys.Union(b.Tensors.Keys)];
        for (var i = 0; i < names.Length; i++)
        {
            var (one, other) = (a.Tensors.GetValueOrDefault(names[i]), b.Tensors.GetValueOrDefault(names[i]));
            var types = (one?.Type, other?.Type);
            var shapes = (one?.ShapeText, other?.ShapeText);
            yield return one is null || other is null || !one.Shape.SequenceEqual(other.Shape)
                ? new TensorDifference(names[i], types, shapes, null, double.NaN, double.NaN)
                : Measure(a, b, one, other, types, shapes);
            progress?.Invoke((i + 1) / (double)names.Length);
        }
    }

    private static unsafe TensorDifference Measure(StoredWeights a, StoredWeights b, StoredTensor one, StoredTensor other, (string?, string?) types, (string?, string?) shapes)
    {
        var type = one.Type == "F64" || other.Type == "F64" ? DType.Float64 : DType.Float32;
        var (left, right) = (a.Read(one.Name, type), b.Read(one.Name, type));
        long different = 0;
        double largest = 0, squares = 0, norm = 0;
        for (long i = 0; i < left.Count; i++)
        {
            var (x, y) = type == DType.Float64 ? (left.Pointer<double>()[i], right.Pointer<double>()[i]) : (left.Pointer<float>()[i], right.Pointer<float>()[i]);
            norm += x * x;
            if (x.Equals(y)) continue; // no number equals no number here
            different++;
            var difference = Math.Abs(x - y);
            if (!(difference <= largest)) largest = difference;
            squares += difference * difference;
        }
        left.Release();
        right.Release();
        return new TensorDifference(one.Name, types, shapes, different, largest, norm > 0 ? Math.Sqrt(squares / norm) : Math.Sqrt(squares));
    }
}
