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
    public void A_chat_template_that_this_build_cannot_run_hinders_chat_and_nothing_else()
    {
        using var scratch = new Scratch();
        var folder = scratch["model"];
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Tiny.ChatModel)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        foreach (var template in (string[])["\"{{ messages\"", "[{\"name\": \"default\", \"template\": \"{{ messages\"}]"])
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), $"{{\"chat_template\": {template}}}");
            CommandLine.Done(["generate", "-m", folder, "-p", "the cat", "--raw", .. Greedy]).Output.ShouldBe(CommandLine.Done(["generate", "-m", Tiny.ChatModel, "-p", "the cat", "--raw", .. Greedy]).Output);
            CommandLine.Done("evaluate", folder, "--data", Tiny.Text).Output.ShouldContain("bits_per_byte");
            CommandLine.Done("inspect", folder).Output.ShouldContain("does not know");
            foreach (var call in (string[][])[["generate", "-p", "the cat"], ["generate", "-p", "the cat", "--chat"], ["chat"], ["chat", "--system", "x"]])
                CommandLine.Refused([.. call, "-m", folder], "tokenizer_config.json", "chat", "--raw");
        }
    }

    [Fact]
    public void Another_template_can_be_named()
    {
        string[] call = ["generate", "-m", Tiny.ChatModel, "-p", "the cat", .. Greedy];
        var own = CommandLine.Done(call).Output;
        CommandLine.Done([.. call, "--chat-template", "llama3"]).Output.ShouldBe(own);
        using var scratch = new Scratch();
        scratch.Write("own.jinja", "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}");
        CommandLine.Done([.. call, "--chat-template", scratch["own.jinja"]]).Output.ShouldBe(CommandLine.Done([.. call, "--raw"]).Output.Trim());
        CommandLine.RunWith("the cat\n", ["chat", "-m", Tiny.ChatModel, "--chat-template", scratch["own.jinja"], .. Greedy]).Error.ShouldContain("own.jinja");
        CommandLine.Refused([.. call, "--chat-template", "nosuch"], "'nosuch' is not known", "llama3.1", "no file");
        CommandLine.Refused([.. call, "--chat-template", "llama3", "--raw"], "contradict");
        scratch.Write("own.jinja", "a\n{{ b");
        CommandLine.Refused([.. call, "--chat-template", scratch["own.jinja"]], "own.jinja, line 2, column 1", "close it with }}");
        scratch.Write("own.jinja", "{{ raise_exception('not this one') }}");
        CommandLine.Refused([.. call, "--chat-template", scratch["own.jinja"]], "line 1, column 19: not this one");
    }

    [Fact]
    public void An_unknown_command_is_answered_with_those_there_are() =>
        CommandLine.RunWith("/exti\n", ["chat", "-m", Tiny.ChatModel]).Error.ShouldContain("/exti is not a command");
}
