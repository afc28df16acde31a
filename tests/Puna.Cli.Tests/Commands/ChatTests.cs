namespace Puna.Cli.Tests;

public sealed class ChatTests
{
    private static readonly string[] Greedy = ["--temperature", "0", "-n", "4"];

    [Fact]
    public void Messages_come_through_a_pipe_and_answers_go_to_standard_output()
    {
        var outcome = CommandLine.RunWith("the cat\n/help\n\na dog\n/quit\nnever read\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]);
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.Split('\n').Length.ShouldBeGreaterThanOrEqualTo(3);
        outcome.Error.ShouldContain("chat template llama3");
        outcome.Error.ShouldContain("/clear");
    }

    [Fact]
    public void The_first_answer_is_what_generate_says()
    {
        var said = CommandLine.RunWith("the cat\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]).Output;
        said.ShouldBe(CommandLine.Done(["generate", "-m", Tiny.ChatModel, "-p", "the cat", .. Greedy]).Output + "\n");
    }

    [Fact]
    public void Clear_forgets_the_conversation()
    {
        var outcome = CommandLine.RunWith("the cat\n/clear\nthe cat\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]);
        var once = CommandLine.RunWith("the cat\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]).Output;
        outcome.Output.ShouldBe(once + once);
    }

    [Fact]
    public void An_outgrown_context_is_said_and_the_oldest_exchange_goes()
    {
        var outcome = CommandLine.RunWith("the cat sees the moon\na dog likes some bread\nold Ann hears a song\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]);
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldContain("context of 96 tokens");
        outcome.Error.ShouldContain("forgotten");
    }

    [Fact]
    public void A_message_too_long_by_itself_is_refused_and_the_chat_goes_on()
    {
        var outcome = CommandLine.RunWith(Tiny.MakeText(200).ReplaceLineEndings(" ") + "\nthe cat\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]);
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldContain("fewer words");
        outcome.Output.ShouldBe(CommandLine.RunWith("the cat\n", ["chat", "-m", Tiny.ChatModel, .. Greedy]).Output);
    }

    [Fact]
    public void A_base_model_continues_text_and_says_so()
    {
        var outcome = CommandLine.RunWith("the cat\n", ["chat", "-m", Tiny.Model, .. Greedy]);
        outcome.Error.ShouldContain("base model");
        outcome.Output.ShouldBe(CommandLine.Done(["generate", "-m", Tiny.Model, "-p", "the cat", .. Greedy]).Output + "\n");
        CommandLine.Refused(["chat", "-m", Tiny.Model, "--system", "x"], "--system");
    }

    [Fact]
    public void An_unknown_command_is_answered_with_those_there_are() =>
        CommandLine.RunWith("/exti\n", ["chat", "-m", Tiny.ChatModel]).Error.ShouldContain("/exti is not a command");
}
