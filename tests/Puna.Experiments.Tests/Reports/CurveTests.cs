using FsCheck;
using FsCheck.Fluent;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Tests.Reports;

public class CurveTests
{
    [Fact]
    public void A_short_series_is_kept_as_it_is() =>
        Prop.ForAll<double[]>(values =>
        {
            var points = values.Select((value, x) => new ChartPoint(x, double.IsFinite(value) ? value : double.NaN)).ToArray();
            Of(points).Extremes().ShouldBe(points);
            Of(points).Means().ShouldBe(points.Where(point => double.IsFinite(point.Y)));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(4097)]
    [InlineData(300_001)]
    public void A_long_one_stays_small_and_loses_neither_spike_nor_mean(int count)
    {
        var spike = count * 2 / 3;
        var curve = new Curve();
        for (var i = 0; i < count; i++) curve.Add(i, i == spike ? 500 : i == spike + 1 ? -70 : i % 5);
        curve.Count.ShouldBe(count);
        curve.Last.X.ShouldBe(count - 1);
        var (extremes, means) = (curve.Extremes(), curve.Means());
        extremes.Count.ShouldBeLessThan(4200);
        means.Count.ShouldBeInRange(1024, 2049);
        extremes.ShouldContain(new ChartPoint(spike, 500));
        extremes.ShouldContain(new ChartPoint(spike + 1, -70));
        extremes.Select(point => point.X).ShouldBeInOrder();
        means.Select(point => point.X).ShouldBeInOrder();
        (curve.Highest, curve.Lowest).ShouldBe((500, -70));
        curve.Median().ShouldBe(2, 0.7);
        if (count == 300_001) means[10].Y.ShouldBe(2, 0.05);
    }

    [Fact]
    public void Points_that_are_no_numbers_do_not_spoil_the_others()
    {
        var curve = new Curve();
        for (var i = 0; i < 10_000; i++) curve.Add(i, i % 2 == 0 ? double.NaN : 3);
        curve.Means().ShouldAllBe(point => point.Y == 3);
        var none = new Curve();
        none.Add(1, double.PositiveInfinity);
        none.Extremes().Single().Y.ShouldBe(double.NaN);
        none.Means().ShouldBeEmpty();
        (none.Median(), new Curve().Highest).ShouldBe((double.NaN, double.NaN));
    }

    private static Curve Of(IEnumerable<ChartPoint> points)
    {
        var curve = new Curve();
        foreach (var point in points) curve.Add(point.X, point.Y);
        return curve;
    }
}
