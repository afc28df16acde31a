namespace Puna.Experiments.Reports;

/// <summary>What happens to points before they are drawn.</summary>
public static class ChartData
{
    /// <summary>The running mean that forgets exponentially, corrected for its start; points that are no numbers are left out.</summary>
    /// <param name="points">The points, by rising x.</param>
    /// <param name="span">About how many points a value is the mean of.</param>
    public static IReadOnlyList<ChartPoint> Smooth(IReadOnlyList<ChartPoint> points, double span)
    {
        var decay = 1 - 2 / (Math.Max(1, span) + 1);
        var smoothed = new List<ChartPoint>(points.Count);
        var (mean, weight) = (0.0, 0.0);
        foreach (var point in points)
        {
            if (!double.IsFinite(point.Y)) continue;
            mean = decay * mean + (1 - decay) * point.Y;
            weight = decay * weight + (1 - decay);
            smoothed.Add(point with { Y = mean / weight });
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
