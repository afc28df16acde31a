namespace Puna.Cli.Tests;

/// <summary>Output that is held to a grammar, an expression or a schema from the command line.</summary>
public sealed class GrammarTests
{
    private static readonly string[] Generate = ["generate", "--model", Tiny.Model, "--prompt", "the cat", "--seed", "1", "--temperature", "1"];

    [Fact]
    public void The_output_is_what_was_asked_for()
    {
        CommandLine.Done([.. Generate, "--regex", " (sees|likes) a (dog|river)"]).Output.ShouldMatch("^ (sees|likes) a (dog|river)$");
        using var scratch = new Scratch();
        var file = scratch.Write("list.gbnf", "root ::= (\" \" word){2}\nword ::= [a-z]{2,4}\n");
        var text = CommandLine.Done([.. Generate, "--grammar-file", file]).Output;
        text.ShouldMatch("^( [a-z]{2,4}){2}$");
        CommandLine.Done([.. Generate, "--grammar", File.ReadAllText(file)]).Output.ShouldBe(text);
        CommandLine.Done([.. Generate, "--json", "--regex", " a"]).Json.GetProperty("finish_reason").GetString().ShouldBe("stop");
        var cut = CommandLine.Done([.. Generate, "--json", "-n", "3", "--regex", "[a-z ]{30,}"]).Json;
        cut.GetProperty("finish_reason").GetString().ShouldBe("length");
        cut.GetProperty("text").GetString()!.ShouldMatch("^[a-z ]+$");
    }

    [Fact]
    public void A_mistake_is_refused_before_the_model_is_looked_for()
    {
        CommandLine.Refused(["generate", "-m", "nowhere", "--grammar", "root ::= x"], "--grammar, line 1, column 10", "'x' is used but not defined");
        CommandLine.Refused(["generate", "-m", "nowhere", "--regex", "a("], "--regex, line 1, column 2", "not closed");
        CommandLine.Refused(["generate", "-m", "nowhere", "-j", "{\"not\":{}}"], "--json-schema at #/not", "not supported");
        CommandLine.Refused(["generate", "-m", "nowhere", "--json-schema", "{"], "--json-schema, line 1", "no JSON");
        CommandLine.Refused(["chat", "-m", "nowhere", "-j", "false"], "no value satisfies the schema");
        CommandLine.Refused(["generate", "-m", "nowhere", "--regex", "a", "--grammar", "root ::= \"a\""], "contradict each other");
        CommandLine.Refused(["generate", "-m", "nowhere", "--json-schema-file", "nowhere.json"], "nowhere.json");
        using var scratch = new Scratch();
        var file = scratch.Write("bad.json", "{\n\"type\": \"strin\"}");
        CommandLine.Refused(["generate", "-m", "nowhere", "--json-schema-file", file], "bad.json at #/type");
    }

    [Fact]
    public void A_vocabulary_that_lacks_the_characters_is_an_error_and_nothing_is_written() =>
        CommandLine.Refused([.. Generate, "--json-schema", "{\"const\":\"→\"}"], "characters that this vocabulary has");

    [Fact]
    public void Chat_answers_follow_it_too()
    {
        var outcome = CommandLine.RunWith("the cat\nthe dog\n", "chat", "-m", Tiny.ChatModel, "--regex", "(the|a) [a-z]{3}", "--temperature", "1", "--seed", "3");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ShouldAllBe(line => System.Text.RegularExpressions.Regex.IsMatch(line, "^(the|a) [a-z]{3}$"));
    }
}
