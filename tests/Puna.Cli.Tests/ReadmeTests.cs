using System.CommandLine;
using System.Text.RegularExpressions;
using Puna.Cli.Commands;
using Puna.Cli.Terminal;
using Puna.Tests;

namespace Puna.Cli.Tests;

/// <summary>What README.md shows exists: its verbs, their options, the two commands it begins with; and what the pages link to.</summary>
public sealed partial class ReadmeTests
{
    private const string FromSource = "dotnet run -c Release --project src/Puna.Cli -- ";
    private static readonly string Readme = File.ReadAllText(Path.Combine(SharedData.Root, "README.md")).ReplaceLineEndings("\n");

    public static TheoryData<string> Commands => [.. Code(Readme).SelectMany(Calls).Where(call => !call.StartsWith("VERB ", StringComparison.Ordinal)).Distinct()];

    public static TheoryData<string> Pages => ["README.md", "CONTRIBUTING.md", .. Directory.GetFiles(Path.Combine(SharedData.Root, "docs"), "*.md").Select(page => $"docs/{Path.GetFileName(page)}")];

    [Theory]
    [InlineData(FromSource + "quickstart")]
    [InlineData("dotnet test -c Release")]
    public void The_two_commands_stand_on_lines_of_their_own(string command) =>
        Blocks(Readme).SelectMany(block => block.Split('\n')).ShouldContain(command);

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_it_shows_is_one_of_the_program(string call)
    {
        using var interrupts = new Interrupts();
        var root = Verbs.Root(new Session(TextReader.Null, TextWriter.Null, TextWriter.Null, interrupts));
        var words = Words(call);
        Command command = root;
        var depth = 0;
        for (; depth < words.Length && command.Subcommands.Count > 0 && !IsOption(words[depth]); depth++)
        {
            var inside = command.Subcommands.Where(sub => sub.Name == words[depth] || sub.Aliases.Contains(words[depth])).ToArray();
            inside.Length.ShouldBe(1, $"'{words[depth]}' in '{call}' is not a verb of {(command == root ? "puna" : command.Name)}");
            command = inside[0];
        }
        var known = command.Options.Concat(root.Options.Where(option => option.Recursive)).SelectMany(option => option.Aliases.Prepend(option.Name)).ToArray();
        foreach (var option in words[depth..].Where(IsOption)) known.ShouldContain(option.Split('=')[0], $"in '{call}'");
    }

    [Fact]
    public void It_shows_every_verb_of_the_program()
    {
        using var interrupts = new Interrupts();
        var root = Verbs.Root(new Session(TextReader.Null, TextWriter.Null, TextWriter.Null, interrupts));
        var calls = Code(Readme).SelectMany(Calls).Select(call => Words(call)).ToArray();
        foreach (var verb in root.Subcommands.Where(verb => !verb.Hidden))
        {
            calls.ShouldContain(call => call[0] == verb.Name, $"README.md has no example of {verb.Name}");
            foreach (var inner in verb.Subcommands) calls.ShouldContain(call => call.Length > 1 && call[0] == verb.Name && call[1] == inner.Name, $"README.md has no example of {verb.Name} {inner.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_relative_link_leads_to_a_file_or_folder(string page)
    {
        var path = Path.Combine(SharedData.Root, page);
        foreach (var target in Link().Matches(File.ReadAllText(path)).Select(link => link.Groups[1].Value))
        {
            var file = Path.Combine(Path.GetDirectoryName(path)!, target);
            (File.Exists(file) || Directory.Exists(file)).ShouldBeTrue($"{page} links to {target}");
        }
    }

    [Fact]
    public void The_reader_of_commands_sees_what_is_there()
    {
        Calls("puna generate -m DIR -p \"a --b\" --json   # remark --c").ShouldBe(["generate -m DIR -p \"a --b\" --json"]);
        Calls("printf 'x' | puna tokenizer encode --tokenizer T | puna chat").ShouldBe(["tokenizer encode --tokenizer T", "chat"]);
        Calls(FromSource + "quickstart").ShouldBe(["quickstart"]);
        Calls("PUNA_ISA=avx2 puna doctor > out.txt").ShouldBe(["doctor"]);
        Calls("puna: one sentence").ShouldBeEmpty();
        Words("generate -p \"a --b\" --json").ShouldBe(["generate", "-p", "\"a --b\"", "--json"]);
    }

    /// <summary>Everything set as code: fenced blocks line by line, and spans within text.</summary>
    private static IEnumerable<string> Code(string page) =>
        Blocks(page).SelectMany(block => block.Split('\n')).Concat(Span().Matches(Block().Replace(page, "")).Select(span => span.Groups[1].Value));

    private static IEnumerable<string> Blocks(string page) => Block().Matches(page).Select(block => block.Groups[1].Value);

    /// <summary>The calls of the program in a line, each from its verb on to the end of the command.</summary>
    private static IEnumerable<string> Calls(string line) =>
        Call().Matches(line.Replace(FromSource, "puna ", StringComparison.Ordinal)).Select(call => call.Groups[1].Value.Trim());

    private static string[] Words(string call) => [.. Word().Matches(call).Select(word => word.Value)];

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && char.IsAsciiLetter(word.TrimStart('-').FirstOrDefault());

    [GeneratedRegex(@"^```[^\n]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"(?<![\w./-])puna +((?:""[^""]*""|'[^']*'|[^""'|<>;&#\n])+)")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?:""[^""]*""|'[^']*'|\S)+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();
}
