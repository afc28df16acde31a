namespace Puna.Cli.Tests;

public sealed class QuickstartTests
{
    [Fact]
    public void A_stopped_quickstart_on_a_text_says_how_to_go_on_and_that_works()
    {
        using var scratch = new Scratch();
        var stopped = CommandLine.RunUntilLine("step 1/", "quickstart", "--data", Tiny.Text, "--output", scratch["run"], "--threads", "1");
        stopped.Code.ShouldBe(130, stopped.Error);
        stopped.Error.ShouldContain($"puna pretrain --resume --output {scratch["run"]}");
        var resumed = CommandLine.RunUntilLine("resuming at step", "pretrain", "--resume", "--output", scratch["run"], "--threads", "1");
        resumed.Code.ShouldBe(130, resumed.Error);
        resumed.Error.ShouldContain("resuming at step 1");
    }
}
