using System.Text.Json;

namespace Puna.Cli.Tests;

/// <summary>What a run of the program printed and returned.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>Standard output as one JSON value; fails where there is anything else.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Lines on standard error that begin as errors do.</summary>
    public string[] Mistakes => [.. Error.Split('\n').Where(line => line.StartsWith("puna: ", StringComparison.Ordinal))];
}

/// <summary>Runs the program in this process.</summary>
internal static class CommandLine
{
    public static Outcome Run(params string[] args) => RunWith("", args);

    public static Outcome RunWith(string input, params string[] args) => RunUntil(input, args, CancellationToken.None);

    public static Outcome RunUntil(string input, string[] args, CancellationToken interrupt)
    {
        using var reader = new StringReader(input);
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var code = Program.Run(args, reader, output, error, interrupt);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs until a line on standard error begins so, then does what Ctrl-C does.</summary>
    public static Outcome RunUntilLine(string start, params string[] args)
    {
        using var stop = new CancellationTokenSource();
        using StringWriter output = new() { NewLine = "\n" }, error = new StopAt(stop, start) { NewLine = "\n" };
        var code = Program.Run(args, TextReader.Null, output, error, stop.Token);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs what must work.</summary>
    public static Outcome Done(params string[] args)
    {
        var outcome = Run(args);
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome;
    }

    /// <summary>Runs what must be refused with one sentence that has these words, and exit code 2.</summary>
    public static string Refused(string[] args, params string[] words)
    {
        var outcome = Run(args);
        outcome.Code.ShouldBe(2, outcome.Error);
        var sentence = outcome.Mistakes.ShouldHaveSingleItem();
        foreach (var word in words) sentence.ShouldContain(word);
        outcome.Error.ShouldNotContain("   at ");
        outcome.Output.ShouldBeEmpty();
        return sentence;
    }

    private sealed class StopAt(CancellationTokenSource stop, string start) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(start, StringComparison.Ordinal) == true) stop.Cancel();
        }
    }
}
