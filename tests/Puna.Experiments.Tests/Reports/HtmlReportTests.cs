using System.Text.RegularExpressions;
using System.Xml.Linq;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Reports;

public sealed class HtmlReportTests : IDisposable
{
    private const string Nasty = "</div><script>alert('x')</script> & \"quotes\" \u001b[31m \0 \ud800 ☃";
    private readonly string _root = Directory.CreateTempSubdirectory("puna-report-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_page_is_well_formed_needs_nothing_else_and_runs_nothing()
    {
        var html = TrainingReport.Build(Data(2.7)).Render();
        XDocument.Parse(html).Root!.Name.LocalName.ShouldBe("html");
        html.ShouldNotContain("http:");
        html.ShouldNotContain("https:");
        html.ShouldNotContain("<script");
        html.ShouldNotContain("<link");
        html.ShouldNotContain("url(");
        Regex.IsMatch(html, "\\s(src|href|on[a-z]+)=").ShouldBeFalse();
        html.ShouldContain("prefers-color-scheme: dark");
    }

    [Fact]
    public void The_training_report_has_curves_baselines_samples_settings_and_environment()
    {
        var html = TrainingReport.Build(Data(2.7)).Render();
        var headings = XDocument.Parse(html).Descendants("h2").Select(heading => heading.Value);
        headings.ShouldBe(["Loss", "Model and baselines", "Samples", "Training", "Environment", "Settings"]);
        html.ShouldContain("unigram 4.53");
        html.ShouldContain("bigram 3.30");
        html.ShouldContain("vocab_size: 130");
        html.ShouldContain("puna chat --model runs/x/model");
        html.ShouldNotContain("does not beat");
    }

    [Theory]
    [InlineData(3.3)]
    [InlineData(9.9)]
    [InlineData(double.NaN)]
    public void A_model_that_does_not_beat_the_bigram_is_called_out(double loss) =>
        TrainingReport.Build(Data(loss)).Render().ShouldContain("<strong>This model does not beat the bigram.</strong>");

    [Fact]
    public void Every_kind_of_section_shows_markup_instead_of_obeying_it()
    {
        ReportSection[] sections =
        [
            new CardsSection([new ReportCard(Nasty, Nasty, Nasty)]) { Heading = Nasty, Lead = Nasty },
            new ChartSection(new SvgChart { Title = Nasty, XLabel = Nasty, YLabel = Nasty, Series = [new ChartSeries(Nasty, [new ChartPoint(1, 2)])] }, Nasty),
            new TableSection([new TableColumn(Nasty)], [new TableRow([Nasty], ReportTone.Bad)], Nasty),
            new TextSection([Nasty]),
            new CodeSection(Nasty, IsFolded: true) { FoldLabel = Nasty },
            new NoticeSection(Nasty, Nasty),
            new SamplesSection([new ReportSample(Nasty, Nasty, Nasty)]),
        ];
        var html = new HtmlReport(Nasty, sections) { Subtitle = Nasty, Footer = Nasty }.Render();
        var page = XDocument.Parse(html);
        page.Descendants("script").ShouldBeEmpty();
        page.Descendants("pre").Single().Value.ShouldBe("</div><script>alert('x')</script> & \"quotes\" ␛[31m ␀ \ufffd ☃");
    }

    [Fact]
    public void A_report_of_a_run_without_a_single_line_still_opens()
    {
        var html = TrainingReport.Build(Data(2.7) with { Curves = new TrainingCurves(), Samples = [], Environment = [], ModelPath = null }).Render();
        XDocument.Parse(html);
        html.ShouldContain("nothing to show yet");
    }

    [Fact]
    public void Saving_leaves_the_page_and_no_temporary_file()
    {
        var path = Path.Combine(_root, "report.html");
        new HtmlReport("one", []).Save(path);
        new HtmlReport("two", []).Save(path);
        File.ReadAllText(path).ShouldContain("<h1>two</h1>");
        Directory.GetFiles(_root).ShouldBe([path]);
    }

    [Fact]
    public void The_charts_beside_the_loss_show_what_is_known_and_leave_out_what_is_not()
    {
        MetricsLine[] lines = [.. Enumerable.Range(1, 40).Select(step => new MetricsLine(step, MetricsSplit.Train) { Loss = 3, LearningRate = 1e-3, GradNorm = 1.0 / step, TokensPerSecond = 5000, Utilization = 0.25, MemoryBytes = 3L << 30 })];
        var html = XDocument.Parse(TrainingReport.Build(Data(2.7) with { Curves = TrainingCurves.Of(lines) }).Render());
        Names(html).ShouldBe(["learning rate", "gradient norm before clipping", "speed", "model FLOPs utilisation", "resident memory"]);
        foreach (var unit in (string[])["tokens a second", "% of the measured peak", "GiB"]) html.Descendants("text").ShouldContain(text => text.Value == unit);
        html.ToString().ShouldContain("MFU 25.0 %");
        Names(XDocument.Parse(TrainingReport.Build(Data(2.7)).Render())).ShouldBe(["learning rate"]);

        static IEnumerable<string> Names(XDocument page) => page.Descendants("div").Single(div => (string?)div.Attribute("class") == "charts").Descendants("svg").Select(svg => svg.Attribute("aria-label")!.Value.Replace(" over the steps of training", ""));
    }

    [Fact]
    public void Only_a_page_that_is_still_written_asks_to_be_read_again()
    {
        new HtmlReport("x", []).Render().ShouldNotContain("refresh");
        new HtmlReport("x", []) { RefreshSeconds = 5 }.Render().ShouldContain("<meta http-equiv=\"refresh\" content=\"5\"/>");
    }

    [Theory]
    [InlineData(900, "0.879 KiB")]
    [InlineData(235065344, "224 MiB")]
    [InlineData(1331439862, "1.2 GiB")]
    public void Bytes_read_well(double bytes, string expected) => Figures.Bytes(bytes).ShouldBe(expected);

    [Fact]
    public void Shares_read_well_in_per_cent()
    {
        Figures.Percent(0.2341).ShouldBe("23.4 %");
        Figures.Percent(double.NaN).ShouldBe("–");
    }

    [Theory]
    [InlineData(8.44, "8.4 s")]
    [InlineData(59.99, "1 min 00 s")]
    [InlineData(65, "1 min 05 s")]
    [InlineData(7400, "2 h 03 min")]
    [InlineData(double.NaN, "–")]
    public void Times_read_well(double seconds, string expected) => Figures.Duration(seconds).ShouldBe(expected);

    private static TrainingReportData Data(double loss)
    {
        var lines = new List<MetricsLine>();
        for (var step = 1; step <= 50; step++)
        {
            lines.Add(new MetricsLine(step, MetricsSplit.Train) { Loss = step == 20 ? double.NaN : 3 + 2.0 / step, LearningRate = 1e-3 / step });
            if (step % 10 == 0) lines.Add(new MetricsLine(step, MetricsSplit.Validation) { Loss = 3.1 + 2.0 / step });
        }
        return new TrainingReportData(RecipeLoader.Load("student-shakespeare"), TrainingCurves.Of(lines),
            new ScoredModel("Llama", new Score(loss, 0.29), new Score(2.85, 0.267)),
            new ScoredModel("unigram", new Score(4.53, 0.08), new Score(4.55, 0.08)),
            new ScoredModel("bigram", new Score(3.30, 0.2), new Score(3.31, 0.2)))
        {
            Samples = [new ReportSample("ROMEO:", Nasty)],
            Environment = [("Tier", "AVX-512")],
            ParameterCount = 853_248,
            Seconds = 8.4,
            TokensPerSecond = 61_234,
            ModelPath = "runs/x/model",
        };
    }
}
