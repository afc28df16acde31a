using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Runs;

public sealed class TensorBoardTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-events-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>RFC 3720, appendix B.4, and the check value that catalogues of checksums give.</summary>
    [Fact]
    public void The_checksum_is_that_of_iscsi()
    {
        (byte[] Data, uint Crc)[] known =
        [
            (new byte[32], 0x8a9136aa),
            ([.. Enumerable.Repeat((byte)0xff, 32)], 0x62a8ab43),
            ([.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46dd794e),
            ([.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))], 0x113fdb5c),
            (Convert.FromHexString("01c00000000000000000000000000000" + "14000000000004000000001400000018" + "28000000000000000200000000000000"), 0xd9963a56),
            ("123456789"u8.ToArray(), 0xe3069283),
            ([], 0),
        ];
        foreach (var (data, crc) in known)
        {
            TfRecordFile.Crc32C(data).ShouldBe(crc);
            EventReader.Crc(data).ShouldBe(crc);
        }
        TfRecordFile.Mask(0xe3069283).ShouldBe(unchecked((0xe3069283 >> 15 | 0xe3069283 << 17) + 0xa282ead8));
    }

    [Fact]
    public void Any_records_come_back_with_good_checksums()
    {
        var number = 0;
        Prop.ForAll<byte[][]>(records =>
        {
            var path = Path.Combine(_root, $"{number++}.records");
            using (var file = new TfRecordFile(path))
                foreach (var record in records) file.Write(record);
            EventReader.Records(File.ReadAllBytes(path)).ShouldBe(records);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_scalars_come_back()
    {
        using var file = EventFile.Create(_root);
        var written = new List<(int Step, double Value)>();
        Prop.ForAll<PositiveInt, double>((step, value) =>
        {
            file.BeginScalars();
            file.Scalar("train/ä"u8, value);
            file.EndScalars(step.Get * 1_000_003L);
            written.Add((step.Get, value));
        }).QuickCheckThrowOnFailure();
        file.Flush();
        var events = EventReader.ReadFolder(_root);
        events[0].FileVersion.ShouldBe("brain.Event:2");
        events.Skip(1).Select(one => (one.Step, one.Scalars["train/ä"])).ShouldBe(written.Select(pair => (pair.Step * 1_000_003L, (float)pair.Value)));
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        events.ShouldAllBe(one => one.WallTime > now - 3600 && one.WallTime < now + 60);
    }

    [Fact]
    public void A_line_of_the_log_becomes_scalars_under_their_usual_names()
    {
        using (var sink = new TensorBoardSink(_root, [("recipe", "name: x\ntraining:\n  steps: 5\n")]))
        {
            sink.Begin(new MetricsStage(null, 5));
            sink.Append(new MetricsLine(3, MetricsSplit.Train) { Loss = 2.5, LearningRate = 1e-3, GradNorm = double.NaN, TokensPerSecond = 9000, Utilization = 0.25, MemoryBytes = 1 << 30, Tokens = 96, Seconds = 1 });
            sink.Append(new MetricsLine(3, MetricsSplit.Validation) { Loss = 2, Perplexity = 7.389, Accuracy = 0.5, BitsPerByte = 1.5, Tokens = 1000 });
            sink.Append(new MetricsLine(5, MetricsSplit.Test) { Loss = 2 });
            sink.Sample(5, new ReportSample("Once", " upon\na *time*", "after 5 steps"));
        }
        var events = EventReader.ReadFolder(_root);
        events[1].Texts["recipe"].ShouldBe("    name: x\n    training:\n      steps: 5\n");
        events[2].Step.ShouldBe(3);
        events[2].Scalars.ShouldBe(new Dictionary<string, float>
        {
            ["train/loss"] = 2.5f,
            ["train/learning_rate"] = 1e-3f,
            ["train/grad_norm"] = float.NaN,
            ["train/tokens_per_second"] = 9000,
            ["train/mfu"] = 0.25f,
            ["train/memory_bytes"] = 1 << 30,
            ["train/tokens"] = 96,
        }, ignoreOrder: true);
        events[3].Scalars.ShouldBe(new Dictionary<string, float> { ["eval/loss"] = 2, ["eval/perplexity"] = 7.389f, ["eval/accuracy"] = 0.5f, ["eval/bits_per_byte"] = 1.5f }, ignoreOrder: true);
        events[4].Scalars.ShouldBe(new Dictionary<string, float> { ["test/loss"] = 2 });
        events[5].Texts["samples"].ShouldBe("after 5 steps\n\n    Once upon\n    a *time*\n");
    }

    [Fact]
    public void A_sitting_that_goes_on_makes_readers_drop_what_the_killed_one_said_of_later_steps()
    {
        Sit(0, 1, 7, 0.5);
        Sit(4, 5, 9, 2);
        Directory.GetFiles(_root).Length.ShouldBe(2);
        EventReader.Shown(_root).Where(one => one.Scalars.Count > 0).Select(one => (one.Step, one.Scalars["train/loss"])).ShouldBe([(1, 0.5f), (2, 0.5f), (3, 0.5f), (4, 0.5f), (5, 2f), (6, 2f), (7, 2f), (8, 2f), (9, 2f)]);
        EventReader.Shown(_root).Count(one => one.Texts.Count > 0).ShouldBe(1);
    }

    [Fact]
    public void A_run_that_was_killed_before_its_first_checkpoint_starts_with_nothing()
    {
        Sit(0, 1, 3, 0.5);
        Sit(0, 1, 2, 2);
        EventReader.Shown(_root).Where(one => one.Scalars.Count > 0).Select(one => (one.Step, one.Scalars["train/loss"])).ShouldBe([(1, 2f), (2, 2f)]);
        EventReader.Shown(_root).Count(one => one.Texts.Count > 0).ShouldBe(1);
    }

    [Fact]
    public void The_name_tells_time_and_process_but_not_the_machine()
    {
        using (EventFile.Create(_root))
        using (EventFile.Create(_root))
        {
        }
        var names = Directory.GetFiles(_root).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).ToArray();
        names.ShouldAllBe(name => Regex.IsMatch(name, $@"^events\.out\.tfevents\.\d{{10}}\.puna\.{Environment.ProcessId}\.\d+$"));
        EventReader.ReadFile(Path.Combine(_root, names[1]))[1].SessionStatus.ShouldBe(1);
    }

    [Fact]
    public void Stages_are_folders_of_their_own_and_an_evaluation_can_be_read_at_once()
    {
        using var sink = new TensorBoardSink(_root, []);
        sink.Append(new MetricsLine(1, MetricsSplit.Train) { Loss = 1 }); // before any stage: nowhere to go
        foreach (var stage in (string[])["pretrain", "finetune"])
        {
            sink.Begin(new MetricsStage(stage, 10));
            sink.Append(new MetricsLine(1, MetricsSplit.Train) { Loss = 1 });
            sink.Flush();
            EventReader.ReadFolder(Path.Combine(_root, stage)).Last().Scalars.ShouldContainKey("train/loss");
        }
    }

    private void Sit(long done, int from, int to, double loss)
    {
        using var sink = new TensorBoardSink(_root, [("recipe", "x")]);
        sink.Begin(new MetricsStage(null, 20, done));
        for (var step = from; step <= to; step++) sink.Append(new MetricsLine(step, MetricsSplit.Train) { Loss = loss });
    }
}
