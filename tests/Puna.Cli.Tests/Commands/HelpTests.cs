using System.CommandLine;
using Puna.Cli.Commands;
using Puna.Cli.Terminal;

namespace Puna.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> EveryVerb()
    {
        using var interrupts = new Interrupts();
        var root = Verbs.Root(new Session(TextReader.Null, TextWriter.Null, TextWriter.Null, interrupts));
        var data = new TheoryData<string>();
        foreach (var verb in root.Subcommands)
        {
            data.Add(verb.Name);
            foreach (var inner in verb.Subcommands) data.Add($"{verb.Name} {inner.Name}");
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public void Every_verb_has_help_with_examples_that_call_it(string verb)
    {
        var help = CommandLine.Done([.. verb.Split(' '), "--help"]);
        help.Output.ShouldContain("Examples:");
        help.Output[help.Output.IndexOf("Examples:", StringComparison.Ordinal)..].ShouldContain($"puna {verb}");
        help.Error.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public void Every_option_of_every_verb_is_described(string verb)
    {
        using var interrupts = new Interrupts();
        Command command = Verbs.Root(new Session(TextReader.Null, TextWriter.Null, TextWriter.Null, interrupts));
        foreach (var name in verb.Split(' ')) command = command.Subcommands.Single(sub => sub.Name == name);
        command.Description.ShouldNotBeNullOrWhiteSpace();
        foreach (var option in command.Options)
        {
            option.Description.ShouldNotBeNullOrWhiteSpace(option.Name);
            option.Name.ShouldMatch("^--[a-z]+(-[a-z]+)*$");
        }
    }

    [Fact]
    public void The_name_alone_says_where_to_begin()
    {
        foreach (var args in (string[][])[[], ["--help"], ["-h"]])
        {
            var overview = CommandLine.Done(args);
            overview.Output.ShouldContain("puna quickstart");
            overview.Output.ShouldContain("pretrain");
            overview.Output.Split('\n').Length.ShouldBeLessThan(40);
        }
    }

    [Fact]
    public void The_version_says_commit_runtime_and_kernels()
    {
        var version = CommandLine.Done("--version").Output;
        foreach (var word in (string[])["puna ", "commit ", "runtime .NET", "kernels "]) version.ShouldContain(word);
    }
}
