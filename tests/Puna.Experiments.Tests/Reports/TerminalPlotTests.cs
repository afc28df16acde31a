using FsCheck;
using FsCheck.Fluent;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Tests.Reports;

public class TerminalPlotTests
{
    [Fact]
    public void Any_values_fill_exactly_the_space_asked_for() =>
        Prop.ForAll<double[], byte, byte>((values, width, height) =>
        {
            var lines = TerminalPlot.Curve(values, width % 60 + 1, height % 10 + 1);
            lines.Count.ShouldBe(height % 10 + 1);
            lines.ShouldAllBe(line => line.Length == width % 60 + 1 && line.All(character => character >= '\u2800' && character <= '\u28ff'));
            TerminalPlot.Spark(values, width % 60 + 1).Length.ShouldBe(width % 60 + 1);
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_falling_loss_falls()
    {
        TerminalPlot.Spark([8, 7, 6, 5, 4, 3, 2, 1], 8).ShouldBe("█▇▆▅▄▃▂▁");
        TerminalPlot.Spark([1, double.NaN, 2, double.PositiveInfinity], 4).ShouldBe("▁ █ ");
        TerminalPlot.Curve([3, 2, 1, 0], 2, 1).ShouldBe(["⠑⢄"]);
    }

    [Fact]
    public void A_level_series_and_none_at_all_are_fine()
    {
        TerminalPlot.Spark([2, 2, 2], 3).Distinct().Count().ShouldBe(1);
        TerminalPlot.Curve([], 3, 1).ShouldBe(["⠀⠀⠀"]);
    }
}
