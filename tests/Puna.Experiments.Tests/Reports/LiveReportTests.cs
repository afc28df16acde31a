using System.Xml.Linq;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Reports;

public sealed class LiveReportTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-live-").FullName;
    private readonly Clock _clock = new();
    private readonly List<string> _said = [];

    private string Page => Path.Combine(_root, "report.html");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_page_is_there_before_the_first_step_and_reads_itself_again()
    {
        using var report = Report();
        report.Begin(new MetricsStage(null, 200));
        var html = Read();
        html.ShouldContain("http-equiv=\"refresh\"");
        html.ShouldContain("step 0 of 200");
        html.ShouldContain("nothing to show yet");
        html.ShouldNotContain("<script");
    }

    [Fact]
    public void It_shows_figures_curves_samples_and_the_time_left()
    {
        using var report = Report();
        report.Begin(new MetricsStage(null, 200));
        for (var step = 1; step <= 100; step++) report.Append(Line(step));
        report.Append(new MetricsLine(100, MetricsSplit.Validation) { Loss = 2.25, Accuracy = 0.3 });
        report.Sample(100, new ReportSample("Once", " upon", "after 100 steps"));
        _clock.Pass(4);
        report.Flush();
        var html = Read();
        foreach (var part in (string[])["step 100 of 200", "10.0 s trained, 10.0 s left", "2.250", "MFU", "24.0 %", "300 MiB", "10 k", "100 k so far", "Once", "after 100 steps", "gradient norm before clipping", "Settings", "tier xyz", "837,248", "unigram 4.5", "bigram 3.2", "1970-01-01 00:00:04 UTC"]) html.ShouldContain(part);
        XDocument.Parse(html).Descendants("svg").Count().ShouldBe(7);
        XDocument.Parse(html).Descendants("div").ShouldContain(div => (string?)div.Attribute("style") == "width: 50%");
    }

    [Fact]
    public void It_is_written_every_three_seconds_and_no_oftener()
    {
        using var report = Report();
        report.Begin(new MetricsStage(null, 200));
        report.Append(Line(1));
        _clock.Pass(2.9);
        report.Append(Line(2));
        Read().ShouldContain("step 0 of 200");
        _clock.Pass(0.2);
        report.Append(Line(3));
        Read().ShouldContain("step 3 of 200");
    }

    [Fact]
    public void A_page_that_takes_long_to_write_is_written_less_often()
    {
        using var report = Report();
        _clock.Tick = TimeSpan.FromMilliseconds(200); // every look at the clock: a write takes a tick or two
        report.Begin(new MetricsStage(null, 200));
        _clock.Tick = TimeSpan.Zero;
        report.Append(Line(1));
        _clock.Pass(10);
        report.Append(Line(2));
        report.Flush();
        Read().ShouldContain("step 0 of 200");
        _clock.Pass(31);
        report.Append(Line(3));
        Read().ShouldContain("step 3 of 200");
    }

    [Fact]
    public void A_run_that_is_stopped_says_how_to_go_on_and_the_page_stays_as_it_is()
    {
        using (var report = Report())
        {
            report.Begin(new MetricsStage(null, 200));
            report.Append(Line(7));
        }
        Read().ShouldNotContain("http-equiv=\"refresh\"");
        Read().ShouldContain("step 7 of 200, stopped");
        Read().ShouldContain("go on with: puna pretrain --resume --output x");
    }

    [Fact]
    public void After_the_last_step_it_waits_for_the_finished_report()
    {
        using (var report = Report())
        {
            report.Begin(new MetricsStage(null, 200));
            report.Append(Line(200));
        }
        Read().ShouldContain("step 200 of 200, done");
        Read().ShouldContain("http-equiv=\"refresh\"");
    }

    [Fact]
    public void What_earlier_sittings_logged_is_there_again()
    {
        using var report = Report();
        report.Begin(new MetricsStage(null, 200, 50));
        report.Restore(Enumerable.Range(1, 50).Select(Line), [new ReportSample("", "Long ago", "after 10 steps")]);
        Read().ShouldContain("step 50 of 200");
        report.Curves().Loss.Count.ShouldBe(50);
        Read().ShouldContain("Long ago");
    }

    [Fact]
    public void Every_stage_has_its_loss()
    {
        using var report = Report();
        report.Begin(new MetricsStage("pretrain", 200));
        report.Append(Line(200));
        report.Begin(new MetricsStage("finetune", 30));
        XDocument.Parse(Read()).Descendants("h2").Select(heading => heading.Value).Take(2).ShouldBe(["Loss, finetune", "Loss, pretrain"]);
        Read().ShouldContain("finetune: step 0 of 30");
        report.Curves("pretrain").Loss.Count.ShouldBe(1);
    }

    [Fact]
    public void A_page_that_cannot_be_written_is_one_warning()
    {
        Directory.CreateDirectory(Page); // a folder of that name: a file cannot take its place
        using var report = Report();
        report.Begin(new MetricsStage(null, 200));
        for (var step = 1; step <= 5; step++)
        {
            _clock.Pass(5);
            report.Append(Line(step));
        }
        _said.Single().ShouldStartWith("WARNING: the report ");
        Directory.GetFiles(_root).ShouldBeEmpty();
    }

    private string Read() => File.ReadAllText(Page);

    private LiveReport Report() =>
        new(Page, new LiveReportFacts("shakespeare", RecipeLoader.Load("student-shakespeare"), [("Tier", "tier xyz")], 837_248, "puna pretrain --resume --output x") { Baselines = (4.5, 3.25) }, _said.Add, _clock);

    private static MetricsLine Line(int step) => new(step, MetricsSplit.Train)
    {
        Loss = 3 - (step * 0.01),
        LearningRate = 1e-3,
        GradNorm = 1,
        TokensPerSecond = 10_000,
        Utilization = 0.24,
        MemoryBytes = 300L << 20,
        Seconds = step * 0.1,
        Tokens = step * 1000,
    };

    private sealed class Clock : TimeProvider
    {
        private TimeSpan _now;

        public TimeSpan Tick { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);

        public override long GetTimestamp() => (_now += Tick).Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;
    }
}
