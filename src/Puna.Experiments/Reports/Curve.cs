namespace Puna.Experiments.Reports;

/// <summary>
/// A series of any length in bounded memory. While it is short every point is kept; then neighbours are put into buckets, which double in size as the series
/// grows, and of each the lowest, the highest and the mean are known: no spike is lost.
/// </summary>
public sealed class Curve
{
    private const int Buckets = 2048;
    private readonly List<Bucket> _buckets = [];
    private int _size = 1;

    /// <summary>Points added so far.</summary>
    public long Count { get; private set; }

    /// <summary>The latest point; meaningless where <see cref="Count"/> is 0.</summary>
    public ChartPoint Last { get; private set; }

    /// <summary>Adds a point.</summary>
    /// <param name="x">Across, not before the last one.</param>
    /// <param name="y">Up; one that is no number is kept as a gap.</param>
    public void Add(double x, double y)
    {
        (Count, Last) = (Count + 1, new ChartPoint(x, y));
        if (_buckets.Count > 0 && _buckets[^1].Points < _size) _buckets[^1] = _buckets[^1].With(Bucket.Of(Last));
        else _buckets.Add(Bucket.Of(Last));
        if (_buckets.Count <= Buckets || _buckets[^1].Points < _size) return;
        for (var i = 0; i < _buckets.Count; i += 2) _buckets[i / 2] = i + 1 < _buckets.Count ? _buckets[i].With(_buckets[i + 1]) : _buckets[i];
        _buckets.RemoveRange((_buckets.Count + 1) / 2, _buckets.Count / 2);
        _size *= 2;
    }

    /// <summary>The lowest and the highest point of every bucket, by rising x; all points while the series is short.</summary>
    public IReadOnlyList<ChartPoint> Extremes()
    {
        var points = new List<ChartPoint>(_buckets.Count * 2);
        foreach (var bucket in _buckets)
        {
            if (bucket.Finite == 0) points.Add(new ChartPoint(bucket.Low.X, double.NaN));
            else if (bucket.Low == bucket.High) points.Add(bucket.Low);
            else points.AddRange(bucket.Low.X < bucket.High.X ? [bucket.Low, bucket.High] : [bucket.High, bucket.Low]);
        }
        return points;
    }

    /// <summary>The mean of every bucket, by rising x; those without a number are left out.</summary>
    public IReadOnlyList<ChartPoint> Means() => [.. _buckets.Where(bucket => bucket.Finite > 0).Select(bucket => new ChartPoint(bucket.SumX / bucket.Finite, bucket.SumY / bucket.Finite))];

    /// <summary>The largest of all points; NaN where there is none.</summary>
    public double Highest => _buckets.Where(bucket => bucket.Finite > 0).Select(bucket => bucket.High.Y).DefaultIfEmpty(double.NaN).Max();

    /// <summary>The smallest of all points; NaN where there is none.</summary>
    public double Lowest => _buckets.Where(bucket => bucket.Finite > 0).Select(bucket => bucket.Low.Y).DefaultIfEmpty(double.NaN).Min();

    /// <summary>The middle one of the means, which says what is usual; NaN where there is none.</summary>
    public double Median()
    {
        var means = Means().Select(point => point.Y).Order().ToArray();
        return means.Length == 0 ? double.NaN : means[means.Length / 2];
    }

    /// <summary>Some points that lie together: how many, how many of them are numbers, and of these the sums and the extremes.</summary>
    private readonly record struct Bucket(int Points, int Finite, double SumX, double SumY, ChartPoint Low, ChartPoint High)
    {
        public static Bucket Of(ChartPoint point) => double.IsFinite(point.Y) ? new Bucket(1, 1, point.X, point.Y, point, point) : new Bucket(1, 0, 0, 0, point, point);

        public Bucket With(Bucket other)
        {
            if (Finite == 0 || other.Finite == 0) return (Finite > 0 ? this : other) with { Points = Points + other.Points };
            return new Bucket(Points + other.Points, Finite + other.Finite, SumX + other.SumX, SumY + other.SumY, other.Low.Y < Low.Y ? other.Low : Low, other.High.Y > High.Y ? other.High : High);
        }
    }
}
