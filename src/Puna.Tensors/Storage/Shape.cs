namespace Puna.Tensors;

/// <summary>
/// Up to four dimensions, outermost first. The innermost is contiguous in memory.
/// A value type, so that making a view costs nothing on the managed heap.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly long _d0, _d1, _d2, _d3;

    /// <summary>A vector.</summary>
    public Shape(long d0) => (Rank, _d0) = (1, Checked(d0));

    /// <summary>A matrix [rows, columns].</summary>
    public Shape(long d0, long d1) => (Rank, _d0, _d1) = (2, Checked(d0), Checked(d1));

    /// <summary>Three dimensions.</summary>
    public Shape(long d0, long d1, long d2) => (Rank, _d0, _d1, _d2) = (3, Checked(d0), Checked(d1), Checked(d2));

    /// <summary>Four dimensions.</summary>
    public Shape(long d0, long d1, long d2, long d3) => (Rank, _d0, _d1, _d2, _d3) = (4, Checked(d0), Checked(d1), Checked(d2), Checked(d3));

    /// <summary>A shape from a list of one to four dimensions.</summary>
    /// <exception cref="ArgumentException">None or more than four dimensions.</exception>
    public static Shape From(ReadOnlySpan<long> dimensions) => dimensions.Length switch
    {
        0 => new Shape(1),
        1 => new Shape(dimensions[0]),
        2 => new Shape(dimensions[0], dimensions[1]),
        3 => new Shape(dimensions[0], dimensions[1], dimensions[2]),
        4 => new Shape(dimensions[0], dimensions[1], dimensions[2], dimensions[3]),
        _ => throw new ArgumentException($"a tensor has at most 4 dimensions, not {dimensions.Length}"),
    };

    /// <summary>Number of dimensions, 1 to 4.</summary>
    public int Rank { get; }

    /// <summary>Size along a dimension, 0 the outermost.</summary>
    public long this[int dimension] => (uint)dimension >= (uint)Rank
        ? throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"a shape of rank {Rank}")
        : dimension switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };

    /// <summary>Number of elements.</summary>
    public long Count => Rank switch { 0 => 0, 1 => _d0, 2 => checked(_d0 * _d1), 3 => checked(_d0 * _d1 * _d2), _ => checked(_d0 * _d1 * _d2 * _d3) };

    /// <summary>Size of the innermost dimension.</summary>
    public long Columns => this[Rank - 1];

    /// <summary>Elements divided by <see cref="Columns"/>: how many rows the tensor has as a matrix.</summary>
    public long Rows => Columns == 0 ? 0 : Count / Columns;

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2 && _d3 == other._d3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3);

    /// <summary>Same rank and sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Another rank or size.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For example <c>[512, 128]</c>.</summary>
    public override string ToString() => Rank switch
    {
        0 => "[]",
        1 => $"[{_d0}]",
        2 => $"[{_d0}, {_d1}]",
        3 => $"[{_d0}, {_d1}, {_d2}]",
        _ => $"[{_d0}, {_d1}, {_d2}, {_d3}]",
    };

    private static long Checked(long size) => size >= 0 ? size : throw new ArgumentOutOfRangeException(nameof(size), size, "a dimension cannot be negative");
}
