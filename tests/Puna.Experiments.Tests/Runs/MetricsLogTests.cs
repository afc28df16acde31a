using System.Globalization;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Runs;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("puna-metrics-").FullName, "metrics.jsonl");

    private static readonly MetricsLine Train = new(1, MetricsSplit.Train) { Loss = 4.5, LearningRate = 2e-5, GradNorm = 1.25, TokensPerSecond = 51200.5, Utilization = 0.375, MemoryBytes = 235065344, Seconds = 0.01, Tokens = 512 };
    private static readonly MetricsLine Validation = new(1, MetricsSplit.Validation) { Stage = "pretrain", Loss = 4.4, Accuracy = 0.1, Perplexity = 81.5, BitsPerByte = 3.1, Tokens = 1000 };

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void Lines_are_plain_json_and_come_back_while_the_log_is_still_open()
    {
        using var log = MetricsLog.Create(_path);
        log.Append(Train);
        log.Append(Validation);
        MetricsLog.Read(_path).ShouldBe([Train, Validation]);
        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        reader.ReadToEnd().ShouldBe("""
            {"step":1,"split":"train","loss":4.5,"learning_rate":2E-05,"grad_norm":1.25,"tokens_per_second":51200.5,"mfu":0.375,"memory_bytes":235065344,"seconds":0.01,"tokens":512}
            {"step":1,"stage":"pretrain","split":"validation","val_loss":4.4,"val_accuracy":0.1,"val_perplexity":81.5,"val_bits_per_byte":3.1,"tokens":1000}

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_loss_that_blew_up_is_null_in_the_file_and_NaN_here()
    {
        using (var log = MetricsLog.Create(_path)) log.Append(Train with { Loss = double.PositiveInfinity });
        File.ReadAllText(_path).ShouldContain("\"loss\":null");
        MetricsLog.Read(_path).Single().Loss.ShouldBe(double.NaN);
    }

    [Fact]
    public void Resuming_drops_later_steps_and_a_line_cut_short_and_keeps_keys_it_does_not_know()
    {
        File.WriteAllText(_path, Line(1) + Line(2).Replace("}", ",\"new_key\":7}") + Line(3) + Line(4) + "{\"step\":5,\"split\":\"tr");
        using (var log = MetricsLog.Resume(_path, 2)) log.Append(Train with { Step = 3, Loss = 9 });
        MetricsLog.Read(_path).Select(line => (line.Step, line.Loss)).ShouldBe([(1, 1.0), (2, 2.0), (3, 9.0)]);
        File.ReadAllText(_path).ShouldContain("\"new_key\":7");
    }

    [Fact]
    public void Resuming_without_a_log_starts_one()
    {
        using (var log = MetricsLog.Resume(_path, 10)) log.Append(Train);
        MetricsLog.Read(_path).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("{\"step\":2,\"split\":\"train\",\"lo")]
    [InlineData("{\"step\":2")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"step\":2,\"split\":\"tr\n")]
    public void A_last_line_cut_short_is_passed_over(string tail)
    {
        File.WriteAllText(_path, Line(1) + tail);
        MetricsLog.Read(_path).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[1]")]
    [InlineData("{\"step\":\"one\",\"split\":\"train\"}")]
    [InlineData("{\"step\":1,\"split\":\"other\"}")]
    [InlineData("{\"step\":1,\"split\":\"train\"} {}")]
    public void A_broken_line_in_the_middle_is_named(string broken)
    {
        File.WriteAllText(_path, Line(1) + broken + "\n" + Line(2));
        Should.Throw<InvalidDataException>(() => MetricsLog.Read(_path)).Message.ShouldStartWith($"{_path}:2: not a line of metrics");
    }

    private static string Line(int step) => string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{step},\"split\":\"train\",\"loss\":{step}.0}}\n");
}
