using System.Diagnostics;

namespace Puna.Cli.Tests;

/// <summary>
/// A disk that fills up during a run. A real one would need a file system of its own and the rights to mount it; a limit on the size of files
/// makes the same system call fail in the same place, in a process that does not die of the signal.
/// </summary>
public sealed class DiskFullTests
{
    private static (int Code, string Error) RunLimited(string limit, params string[] args)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "limits on file sizes are set by a Unix shell");
        var puna = Path.Combine(AppContext.BaseDirectory, "puna.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; {limit}; exec dotnet \"$@\"", "bash", puna, .. args]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // its double mapping is a file too
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        output.Wait();
        return (process.ExitCode, error);
    }

    [SkippableFact]
    public void A_training_ends_with_one_sentence_and_exit_code_1_and_its_checkpoints_stay_whole()
    {
        using var scratch = new Scratch();
        var (code, error) = RunLimited("ulimit -f 40", "pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--threads", "1");
        code.ShouldBe(1, error);
        error.Split('\n').Count(line => line.StartsWith("puna: ", StringComparison.Ordinal)).ShouldBe(1, error);
        error.ShouldNotContain("   at ");
        Directory.GetFileSystemEntries(scratch["run"], "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.Exists(scratch["run/model"]).ShouldBeFalse();
    }

    [SkippableFact]
    public void A_result_that_cannot_be_written_is_a_failure()
    {
        var (code, error) = RunLimited("exec >/dev/full", "recipes", "--keys");
        code.ShouldBe(1, error);
        error.ShouldStartWith("puna: ");
    }
}
