using System.Text.RegularExpressions;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Training;

namespace Puna.Cli.Tests;

public sealed class TerminalTests
{
    private static string Draw(bool hasColor, int width, Action<TerminalDisplay> use)
    {
        using var interrupts = new Interrupts();
        using var terminal = new StringWriter { NewLine = "\n" };
        use(new TerminalDisplay(new Session(TextReader.Null, TextWriter.Null, terminal, interrupts) { ErrorIsTerminal = true, HasColor = hasColor, Width = () => width }));
        return terminal.ToString();
    }

    private static TrainingProgress At(int step) => new(new StepResult(step, 4.0 / step, 1, 1e-3, 256, 256), 10, step, 12_345, 10 - step) { Utilization = 0.2345 };

    [Fact]
    public void A_training_shows_bar_figures_and_curve_and_is_redrawn_in_place()
    {
        var drawn = Draw(hasColor: true, 100, display =>
        {
            display.Stage("pretrain");
            display.Step(At(1));
            display.Say("step 5: validation loss 1.5");
            display.Step(At(10));
        });
        foreach (var part in (string[])["● pretrain", "step 10/10", "12.3 k tokens/s  MFU 23.5 %  ", "━", "\u001b[5A\r", "\u001b[32m"]) drawn.ShouldContain(part);
        drawn.ShouldContain("step 5: validation loss 1.5\u001b[K\n");
    }

    [Fact]
    public void Without_colour_only_the_cursor_moves()
    {
        var drawn = Draw(hasColor: false, 100, display =>
        {
            display.Stage("pretrain");
            display.Step(At(1));
            display.Step(At(10));
        });
        Regex.IsMatch(drawn, "\u001b\\[[0-9;]*m").ShouldBeFalse();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_line_is_wider_than_the_terminal(int width)
    {
        var drawn = Draw(hasColor: false, width, display =>
        {
            display.Progress(1);
            display.Step(At(1));
            display.Step(At(10));
        });
        foreach (var line in drawn.Split('\n')) line.Replace("\u001b[K", "").Replace("\u001b[5A\r", "").Replace("\u001b[1A\r", "").Length.ShouldBeLessThan(width);
    }
}
