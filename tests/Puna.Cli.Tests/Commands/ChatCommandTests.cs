using System.Text.Json;

namespace Puna.Cli.Tests;

/// <summary>The commands of a chat, driven through a pipe.</summary>
public sealed class ChatCommandTests : IDisposable
{
    private static readonly string[] Greedy = ["--temperature", "0", "-n", "6"];
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Help_lists_every_command()
    {
        var help = Chat("/help\n").Error;
        foreach (var command in (string[])["/help", "/clear", "/system", "/undo", "/regenerate", "/history", "/save", "/load", "/set", "/stats", "/exit", "\"\"\""]) help.ShouldContain(command);
    }

    [Fact]
    public void The_system_message_can_be_set_shown_and_removed()
    {
        var outcome = Chat("the cat\n/clear\n/system a dog\n/system\nthe cat\n/clear\n/system off\n/system\nthe cat\n");
        var answers = Answers(outcome);
        answers[2].ShouldBe(answers[0]);
        answers[1].ShouldBe(Answers(Chat("the cat\n", "--system", "a dog"))[0]);
        outcome.Error.ShouldContain("system: a dog");
        outcome.Error.ShouldContain("there is no system message");
    }

    [Fact]
    public void Undo_takes_an_exchange_back_and_history_shows_what_is_left()
    {
        var outcome = Chat("the cat\na dog\n/undo\n/history\na dog\n/undo\n/undo\n/undo\n/history\n");
        var answers = Answers(outcome);
        answers[2].ShouldBe(answers[1]);
        outcome.Error.ShouldContain($"taken back: a dog\nuser: the cat\nassistant: {answers[0]}\n");
        outcome.Error.ShouldContain("there is nothing to take back\nnothing has been said yet");
    }

    [Fact]
    public void Regenerate_answers_again_with_another_seed()
    {
        var outcome = CommandLine.RunWith("/regenerate\nthe cat\n/regenerate\n/retry\n/history\n", ["chat", "-m", Tiny.ToolModel, "--temperature", "1.5", "-s", "1", "-n", "10", "--stop", "\n"]);
        outcome.Error.ShouldContain("nothing has been said yet");
        var answers = Answers(outcome);
        answers.Distinct().Count().ShouldBe(3);
        outcome.Error.ShouldContain($"user: the cat\nassistant: {answers[2]}");
        outcome.Error.ShouldNotContain($"assistant: {answers[0]}");
    }

    [Fact]
    public void Settings_are_shown_set_and_checked()
    {
        var outcome = Chat("/set\n/set temperature 2\n/set top_k 3\n/set max-tokens 2\n/set temperature -1\n/set top-p x\n/set max-tokens 0\n/set colour 3\n/set temperature\n/set\nthe cat\n/stats\n");
        foreach (var line in (string[])["temperature 0, top-k 40", "temperature 2\n", "top-k 3\n", "max-tokens 2\n", "(Temperature is -1;", "('x' is not a number)", "max-tokens '0' is not", "there is no setting 'colour'; there are temperature", "say /set NAME VALUE", "temperature 2, top-k 3"])
            outcome.Error.ShouldContain(line);
        outcome.Error.ShouldMatch("answer [0-2] tokens");
    }

    [Fact]
    public void Stats_tell_tokens_and_the_context_left()
    {
        var error = Chat("the cat\na dog\n/stats\n").Error;
        error.ShouldMatch(@"prompt \d+ tokens, [1-9]\d* of them kept from before");
        error.ShouldMatch(@"context \d+ of 2,048 positions used, 1,\d\d\d left");
        error.ShouldContain("a second");
    }

    [Fact]
    public void A_conversation_is_saved_and_goes_on_in_another_run_without_being_computed_again()
    {
        var (file, whole) = (_scratch["talk.json"], Answers(Chat("the cat\na dog\nold Ann\n")));
        var saved = Chat($"the cat\na dog\n/save {file}\n");
        saved.Error.ShouldContain("4 messages saved to ");
        File.Exists(file + ".cache").ShouldBeTrue();
        using (var json = JsonDocument.Parse(File.ReadAllText(file))) json.RootElement.GetProperty("messages").GetArrayLength().ShouldBe(4);
        var loaded = Chat($"/load {file}\nold Ann\n/stats\n");
        loaded.Error.ShouldContain("4 messages loaded");
        loaded.Error.ShouldMatch(@"and \d\d+ positions computed before");
        loaded.Error.ShouldMatch(@"tokens, \d\d\d of them kept from before");
        Answers(loaded)[0].ShouldBe(whole[2]);
        Directory.GetFiles(_scratch.Folder).Length.ShouldBe(2);
    }

    [Fact]
    public void A_cache_that_does_not_fit_is_computed_again_and_that_is_said()
    {
        var file = _scratch["talk.json"];
        Chat($"the cat\n/save {file}\n");
        var bytes = File.ReadAllBytes(file + ".cache");
        bytes[^100] ^= 1;
        File.WriteAllBytes(file + ".cache", bytes);
        var whole = Answers(Chat("the cat\na dog\n"))[1];
        var damaged = Chat($"/load {file}\na dog\n");
        damaged.Error.ShouldContain("they will be computed again, since");
        damaged.Error.ShouldContain("its checksum is not that of its content");
        Answers(damaged)[0].ShouldBe(whole);
        var other = CommandLine.RunWith($"/load {file}\na dog\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]);
        other.Code.ShouldBe(0);
        other.Error.ShouldContain("computed by another model");
    }

    [Fact]
    public void What_cannot_be_saved_or_loaded_is_said_and_the_chat_goes_on()
    {
        var outcome = Chat($"/save\n/load\n/load {_scratch["none.json"]}\n/save /proc/nosuch/file\n/load {_scratch.Write("x.json", "{}")}\n/clear now\nthe cat\n");
        outcome.Code.ShouldBe(0);
        foreach (var words in (string[])["say /save FILE", "say /load FILE", "there is no file", "no \"messages\"", "/clear takes nothing behind it"]) outcome.Error.ShouldContain(words);
        Answers(outcome).Length.ShouldBe(1);
        var bare = CommandLine.RunWith($"/save {_scratch["b.json"]}\n/load {_scratch["x.json"]}\n/system x\n", ["chat", "-m", Tiny.Model, .. Greedy]);
        bare.Error.ShouldContain("a base model continues each line by itself");
        bare.Error.ShouldContain("a base model has no system message");
        File.Exists(_scratch["b.json"]).ShouldBeFalse();
    }

    [Fact]
    public void Messages_of_several_lines_and_those_that_only_look_like_commands()
    {
        var outcome = Chat("the\\\ncat\\\nsees\n\"\"\"a dog\nlikes\"\"\"\n\"\"\"\nold Ann\n\nhears\n\"\"\"\n /help\n/usr/bin is a path\n/histroy\n/history\n");
        outcome.Error.ShouldContain("user: the\ncat\nsees\nassistant:");
        outcome.Error.ShouldContain("user: a dog\nlikes\nassistant:");
        outcome.Error.ShouldContain("user: old Ann\n\nhears\nassistant:");
        outcome.Error.ShouldContain("user:  /help\n");
        outcome.Error.ShouldContain("user: /usr/bin is a path\n");
        outcome.Error.ShouldContain("/histroy is not a command");
        outcome.Error.ShouldNotContain("user: /histroy");
    }

    private static Outcome Chat(string input, params string[] more)
    {
        var outcome = CommandLine.RunWith(input, ["chat", "-m", Tiny.ToolModel, .. Greedy, .. more]);
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome;
    }

    /// <summary>The answers, one a line: those of this model have no line ends in them.</summary>
    private static string[] Answers(Outcome outcome) => outcome.Output.Split('\n')[..^1];
}
