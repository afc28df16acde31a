using System.Globalization;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Tests.Reports;

public class SvgChartTests
{
    [Fact]
    public void Any_points_give_well_formed_svg_without_NaN() =>
        Prop.ForAll<double[], bool>((values, logX) =>
        {
            var points = values.Select((value, index) => new ChartPoint(index, value)).ToArray();
            var chart = Chart(points) with { LogX = logX };
            var svg = XElement.Parse(chart.Render());
            foreach (var attribute in svg.DescendantsAndSelf().SelectMany(element => element.Attributes()).Where(attribute => attribute.Name.LocalName is "d" or "x" or "y" or "cx" or "cy" or "x1" or "y1" or "x2" or "y2"))
                attribute.Value.ShouldNotContain("N");
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_value_that_is_no_number_leaves_a_gap()
    {
        var svg = XElement.Parse(Chart([new(0, 4), new(1, 3), new(2, double.NaN), new(3, 2), new(4, 1)]).Render());
        svg.Elements("path").Single().Attribute("d")!.Value.Count(letter => letter == 'M').ShouldBe(2);
    }

    [Fact]
    public void Nothing_to_show_is_said_so()
    {
        Chart([]).Render().ShouldContain("nothing to show yet");
        Chart([new(1, double.NaN)]).Render().ShouldContain("nothing to show yet");
        Chart([new(5, 2)]).Render().ShouldContain("<circle");
        Chart([new(5, double.Epsilon), new(6, 0)]).Render().ShouldNotContain("NaN");
    }

    [Fact]
    public void Text_is_escaped_and_numbers_do_not_follow_the_readers_language()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        try
        {
            var chart = Chart([new(1, 0.5), new(2, 1.25)]) with { Title = "<a & \"b\">", References = [new ChartReference("</svg><script>", 0.75)] };
            var expected = chart.Render();
            CultureInfo.CurrentCulture = comma;
            chart.Render().ShouldBe(expected);
            expected.ShouldNotContain("<script");
            XElement.Parse(expected).Attribute("aria-label")!.Value.ShouldBe("<a & \"b\">");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(0, 1000, "0 100 200 300 400 500 600 700 800 900 1,000")]
    [InlineData(0, 3, "0.0 0.5 1.0 1.5 2.0 2.5 3.0")]
    [InlineData(100, 100.4, "100.00 100.05 100.10 100.15 100.20 100.25 100.30 100.35 100.40")]
    public void Ticks_are_one_two_or_five_times_a_power_of_ten(double from, double to, string expected) =>
        XTicks(Chart([new(from, 1), new(to, 2)])).ShouldBe(expected.Replace("0.0 ", "0 "));

    [Fact]
    public void A_logarithmic_axis_has_round_ticks_too() =>
        XTicks(Chart([new(0, 9), new(1, 5), new(1000, 2)]) with { LogX = true }).ShouldBe("1 2 5 10 20 50 100 200 500 1,000");

    [Fact]
    public void A_logarithmic_axis_up_spans_the_values_and_leaves_out_what_is_not_above_zero()
    {
        var chart = Chart([new(0, 0.5), new(1, -1), new(2, 0), new(3, 50), new(4, double.NaN), new(5, 5000)]) with { LogY = true, References = [new("none", 0), new("level", 5)] };
        var svg = XElement.Parse(chart.Render());
        svg.Elements("text").Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value).ShouldBe(["1", "10", "100", "1,000"], ignoreOrder: true);
        svg.Elements("path").Single().Attribute("d")!.Value.Count(letter => letter == 'M').ShouldBe(3);
        svg.Elements("text").Where(text => (string?)text.Attribute("class") == "reference-label").Select(text => text.Value).ShouldBe(["level 5"]);
        svg.ToString().ShouldNotContain("NaN");
    }

    [Fact]
    public void An_axis_from_zero_begins_there()
    {
        var chart = Chart([new(0, 900), new(1, 1000)]);
        YTicks(chart).ShouldNotContain("0");
        YTicks(chart with { FromZero = true }).ShouldContain("0");

        static IEnumerable<string> YTicks(SvgChart chart) => XElement.Parse(chart.Render()).Elements("text").Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value);
    }

    [Fact]
    public void Labels_of_levels_that_lie_together_do_not_cover_each_other()
    {
        var chart = Chart([new(0, 0), new(1, 5)]) with { References = [new("a", 3.30), new("b", 3.31), new("c", 3.32), new("none", double.NaN)] };
        var heights = XElement.Parse(chart.Render()).Elements("text").Where(text => (string?)text.Attribute("class") == "reference-label")
            .Select(text => double.Parse(text.Attribute("y")!.Value, CultureInfo.InvariantCulture)).ToArray();
        heights.Length.ShouldBe(3);
        heights.Zip(heights.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First >= 14.9);
    }

    [Fact]
    public void A_long_series_stays_small_and_keeps_its_spikes()
    {
        var points = Enumerable.Range(0, 1_000_000).Select(i => new ChartPoint(i, i == 654_321 ? 100 : 1 + i % 7)).ToArray();
        var thinned = ChartData.Thin(points, 500);
        thinned.Count.ShouldBeLessThan(1010);
        thinned.Max(point => point.Y).ShouldBe(100);
        thinned.Select(point => point.X).ShouldBeInOrder();
        Chart(points).Render().Length.ShouldBeLessThan(60_000);
    }

    [Fact]
    public void Smoothing_keeps_a_straight_line_and_flattens_noise()
    {
        var line = Enumerable.Range(0, 100).Select(i => new ChartPoint(i, 5 - 0.03 * i)).ToArray();
        ChartData.Smooth(line, 10).Zip(line).ShouldAllBe(pair => Math.Abs(pair.First.Y - pair.Second.Y) < 1e-9);
        var noise = line.Select((point, i) => point with { Y = i % 2 == 0 ? 1 : -1 }).ToArray();
        ChartData.Smooth(noise, 10).Skip(10).Take(80).ShouldAllBe(point => Math.Abs(point.Y) < 0.06);
        ChartData.Smooth([new(0, double.NaN), new(1, 3)], 10).ShouldBe([new ChartPoint(1, 3)]);
    }

    private static SvgChart Chart(IReadOnlyList<ChartPoint> points) => new() { Title = "loss", XLabel = "step", YLabel = "nats", Series = [new ChartSeries("training", points)] };

    private static string XTicks(SvgChart chart) => string.Join(' ', XElement.Parse(chart.Render()).Elements("text")
        .Where(text => (string?)text.Attribute("class") == "tick" && (string?)text.Attribute("text-anchor") == "middle").Select(text => text.Value));
}
