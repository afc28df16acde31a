namespace Puna.Cli.Tests;

/// <summary>What only a process of its own shows.</summary>
public sealed class ProcessTests
{
    /// <summary>
    /// A disk that fills up during a run. A real one would need a file system of its own and the rights to mount it; a limit on the size of
    /// files makes the same system call fail in the same place, with the signal that comes with it ignored.
    /// </summary>
    [SkippableFact]
    public void A_full_disk_ends_a_training_with_one_sentence_and_exit_code_1()
    {
        using var scratch = new Scratch();
        var outcome = Child.Run("trap '' XFSZ; ulimit -f 40; puna pretrain \"$@\"", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--threads", "1");
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Mistakes.Length.ShouldBe(1, outcome.Error);
        outcome.Error.ShouldNotContain("   at ");
        Directory.GetFileSystemEntries(scratch["run"], "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.Exists(scratch["run/model"]).ShouldBeFalse();
    }

    /// <summary>The limit leaves room for the model but not for the moments, which are twice as large: every checkpoint fails, the run does not.</summary>
    [SkippableFact]
    public void Checkpoints_that_find_no_room_are_warned_of_and_the_run_goes_on_to_its_end()
    {
        using var scratch = new Scratch();
        var outcome = Child.Run("trap '' XFSZ; ulimit -f 400; puna pretrain \"$@\"", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--threads", "2", "--set", "model.hidden_size=64");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Error.Split('\n').Count(line => line.StartsWith("WARNING: checkpoint step-0000", StringComparison.Ordinal) && line.Contains("the run goes on")).ShouldBe(4, outcome.Error);
        File.Exists(scratch["run/model/model.safetensors"]).ShouldBeTrue();
        Directory.GetFileSystemEntries(scratch["run"], ".*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [SkippableFact]
    public void A_result_that_cannot_be_written_is_a_failure()
    {
        var outcome = Child.Run("puna recipes --keys >/dev/full");
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Mistakes.Length.ShouldBe(1, outcome.Error);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_stops_a_training_with_a_checkpoint(string signal)
    {
        Skip.If(signal == "INT" && Child.IgnoresInterrupt, "whoever started the tests ignores Ctrl-C, and so does every process below");
        using var scratch = new Scratch();
        // a shell without job control lets what runs in the background ignore Ctrl-C: hence set -m
        var outcome = Child.Run($"set -m; (puna pretrain \"$@\" 2>'{scratch["log"]}') & for i in $(seq 300); do grep -qs '^step' '{scratch["log"]}' && break; sleep 0.1; done; kill -{signal} $!; wait $!",
            Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--steps", "100000", "--threads", "1");
        outcome.Code.ShouldBe(130, File.ReadAllText(scratch["log"]));
        File.ReadAllText(scratch["log"]).ShouldContain("--resume");
        Directory.GetDirectories(scratch["run/checkpoints"]).ShouldNotBeEmpty();
    }

    [SkippableFact]
    public void Standard_streams_are_utf8_whatever_the_locale_says()
    {
        using var scratch = new Scratch();
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--vocab-size", "300", "--llama", "-o", scratch["t.model"]);
        const string RoundTrip = "export LC_ALL=C; printf '\\xe6\\xbc\\xa2 \\xf0\\x9f\\x99\\x82\\r\\n' | (puna tokenizer encode --tokenizer \"$1\") | (puna tokenizer decode --tokenizer \"$1\")";
        Child.Run(RoundTrip, scratch["t.model"]).Output.ShouldBe("漢 🙂\r\n");
        var broken = Child.Run("printf '\\xff' | puna tokenizer encode --tokenizer \"$1\"", scratch["t.model"]);
        broken.Code.ShouldBe(2, broken.Error);
        broken.Mistakes.ShouldHaveSingleItem().ShouldContain("UTF-8");
    }
}
