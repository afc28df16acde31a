using System.Diagnostics;
using Puna.Tests;

namespace Puna.Cli.Tests;

/// <summary>The samples run, each as a process of its own, and docs/library.md shows nothing that is not in them.</summary>
public sealed class SampleProgramTests
{
    [Fact]
    public void Generate_continues_a_text()
    {
        var outcome = Run("Generate", "", Tiny.ToolModel, "the cat");
        outcome.Output.ShouldStartWith("the cat");
        outcome.Output.ShouldContain("perplexity of what was drawn");
    }

    [Fact]
    public void Chat_answers_line_by_line()
    {
        var outcome = Run("Chat", "the cat\na dog\n", Tiny.ToolModel);
        outcome.Output.Split('\n').Length.ShouldBeGreaterThanOrEqualTo(3);
        var counts = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        counts.Length.ShouldBe(2, outcome.Error);
        counts[0].ShouldContain(", 0 of them not computed again");
        counts[1].ShouldNotContain(" 0 of them not computed again");
    }

    [Fact]
    public void Embeddings_tells_how_alike_sentences_are()
    {
        var lines = Run("Embeddings", "", Tiny.ToolModel, "the cat", "the cat", "a song").Output.Split('\n');
        lines[0].ShouldContain("1.000  the cat");
        lines[1].ShouldContain("1.000  the cat");
        lines[2].ShouldEndWith("a song");
        lines[2].ShouldNotContain("1.000");
        lines[3].ShouldContain("32 dimensions");
    }

    [Fact]
    public void ToolCall_sends_the_tools_and_shows_the_answer() =>
        Run("ToolCall", "", Tiny.ToolModel, "the cat").Output.Trim().ShouldNotBeEmpty();

    [Fact]
    public void Every_sample_is_run_here_and_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(SharedData.Root, "Puna.slnx"));
        var samples = Directory.GetDirectories(Path.Combine(SharedData.Root, "samples")).Select(folder => Path.GetFileName(folder)!).ToArray();
        samples.Order().ShouldBe(["Chat", "Embeddings", "Generate", "ToolCall"]);
        foreach (var sample in samples) solution.ShouldContain($"samples/{sample}/{sample}.csproj");
    }

    [Fact]
    public void The_page_shows_lines_of_the_samples_only()
    {
        var sources = Directory.GetFiles(Path.Combine(SharedData.Root, "samples"), "Program.cs", SearchOption.AllDirectories).Select(file => File.ReadAllText(file).ReplaceLineEndings("\n")).ToArray();
        var page = File.ReadAllText(Path.Combine(SharedData.Root, "docs", "library.md")).ReplaceLineEndings("\n");
        var snippets = page.Split("```csharp\n").Skip(1).Select(part => part.Split("\n```")[0]).ToArray();
        snippets.Length.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var snippet in snippets) sources.ShouldContain(source => source.Contains(snippet), snippet);
    }

    private static Outcome Run(string sample, string input, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, $"Puna.Samples.{sample}.dll"), .. args]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PUNA_THREADS"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, error);
        return new Outcome(process.ExitCode, output.Result, error);
    }
}
