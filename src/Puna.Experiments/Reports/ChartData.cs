namespace Puna.Experiments.Reports;

/// <summary>What happens to points before they are drawn.</summary>
public static class ChartData
{
    /// <summary>A straight line fitted around every point, read off at that point. Unlike a running mean it neither lags behind a falling curve
    /// nor bends at its ends. Points that are no numbers are left out.</summary>
    /// <param name="points">The points, by rising x, about evenly spaced.</param>
    /// <param name="reach">How many points to either side are looked at.</param>
    public static IReadOnlyList<ChartPoint> Smooth(IReadOnlyList<ChartPoint> points, int reach)
    {
        var finite = points.Where(point => double.IsFinite(point.Y)).ToArray();
        // Sums up to each point, of y and of index × y; those of the indices alone have closed forms.
        var (sumY, sumIndexY) = (new double[finite.Length + 1], new double[finite.Length + 1]);
        for (var i = 0; i < finite.Length; i++)
        {
            sumY[i + 1] = sumY[i] + finite[i].Y;
            sumIndexY[i + 1] = sumIndexY[i] + i * finite[i].Y;
        }
        var smoothed = new ChartPoint[finite.Length];
        for (var i = 0; i < finite.Length; i++)
        {
            var (from, to) = (Math.Max(0, i - reach), Math.Min(finite.Length - 1, i + reach));
            double count = to - from + 1;
            var (middle, mean) = ((from + to) / 2.0, (sumY[to + 1] - sumY[from]) / count);
            var spread = count * (count * count - 1) / 12;
            var slope = spread > 0 ? (sumIndexY[to + 1] - sumIndexY[from] - count * middle * mean) / spread : 0;
            smoothed[i] = finite[i] with { Y = mean + slope * (i - middle) };
        }
        return smoothed;
    }

    /// <summary>Fewer points that look the same: of every bucket the lowest and the highest, so that no spike is lost.</summary>
    /// <param name="points">The points, by rising x.</param>
    /// <param name="buckets">About half the points to keep.</param>
    public static IReadOnlyList<ChartPoint> Thin(IReadOnlyList<ChartPoint> points, int buckets)
    {
        if (points.Count <= 2 * buckets) return points;
        var thinned = new List<ChartPoint>(2 * buckets + 2) { points[0] };
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            var (low, high) = (-1, -1);
            for (var i = (int)((long)points.Count * bucket / buckets); i < (long)points.Count * (bucket + 1) / buckets; i++)
            {
                if (!double.IsFinite(points[i].Y)) continue;
                if (low < 0 || points[i].Y < points[low].Y) low = i;
                if (high < 0 || points[i].Y > points[high].Y) high = i;
            }
            if (low < 0) thinned.Add(points[(int)((long)points.Count * bucket / buckets)]);
            else thinned.Add(points[Math.Min(low, high)]);
            if (low != high) thinned.Add(points[Math.Max(low, high)]);
        }
        thinned.Add(points[^1]);
        return thinned;
    }
}
