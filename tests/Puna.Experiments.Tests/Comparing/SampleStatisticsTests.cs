using Puna.Experiments.Comparing;

namespace Puna.Experiments.Tests.Comparing;

public class SampleStatisticsTests
{
    [Fact]
    public void Mean_sample_deviation_and_interval_are_the_textbooks()
    {
        var statistics = SampleStatistics.Of([1, 2, 6]);
        statistics.Mean.ShouldBe(3);
        statistics.Deviation.ShouldBe(Math.Sqrt(7), 1e-12); // (4 + 1 + 9) / 2
        statistics.StandardError.ShouldBe(Math.Sqrt(7.0 / 3), 1e-12);
        statistics.Confidence.ShouldBe(4.303 * Math.Sqrt(7.0 / 3), 1e-9);
        statistics.IsNotZero.ShouldBeFalse();
        SampleStatistics.Of([2.9, 3, 3.1]).IsNotZero.ShouldBeTrue();
    }

    [Fact]
    public void One_measurement_says_nothing_about_noise()
    {
        var one = SampleStatistics.Of([5]);
        (one.Mean, one.Deviation, one.IsNotZero).ShouldBe((5, 0, false));
        double.IsPositiveInfinity(one.Confidence).ShouldBeTrue();
    }
}
