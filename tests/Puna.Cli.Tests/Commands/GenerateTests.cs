using System.Text.Json;

namespace Puna.Cli.Tests;

public sealed class GenerateTests
{
    [Fact]
    public void Greedy_text_is_the_same_every_time_and_nothing_else_is_printed()
    {
        string[] args = ["generate", "--model", Tiny.Model, "--prompt", "the cat", "--temperature", "0", "-n", "12"];
        var first = CommandLine.Done(args);
        CommandLine.Done([.. args, "--seed", "9"]).Output.ShouldBe(first.Output);
        first.Output.ShouldNotBeEmpty();
        first.Output.ShouldNotContain("the cat sees the cat sees the cat sees the cat");
        first.Error.ShouldContain("12 tokens");
        first.Error.ShouldContain("device cpu");
        var json = CommandLine.Done([.. args, "--json"]).Json;
        json.GetProperty("text").GetString().ShouldBe(first.Output);
        json.GetProperty("tokens").GetArrayLength().ShouldBe(12);
        json.GetProperty("finish_reason").GetString().ShouldBe("length");
        json.GetProperty("tokens_per_second").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_a_new_one_is_said()
    {
        string[] args = ["generate", Tiny.Model, "-p", "the", "-n", "20", "--temp", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0"];
        var first = CommandLine.Done([.. args, "-s", "1"]).Output;
        CommandLine.Done([.. args, "-s", "1"]).Output.ShouldBe(first);
        CommandLine.Done([.. args, "-s", "2"]).Output.ShouldNotBe(first);
        var drawn = CommandLine.Done(args);
        var seed = drawn.Error[(drawn.Error.LastIndexOf("seed ", StringComparison.Ordinal) + 5)..].Trim();
        CommandLine.Done([.. args, "-s", seed]).Output.ShouldBe(drawn.Output);
    }

    [Fact]
    public void The_prompt_may_come_from_standard_input_and_be_echoed()
    {
        string[] args = ["generate", "--model", Tiny.Model, "--temperature", "0", "-n", "5"];
        var plain = CommandLine.Done([.. args, "-p", "the cat"]).Output;
        CommandLine.RunWith("the cat\n", [.. args, "-p", "-"]).Output.ShouldBe(plain);
        CommandLine.Done([.. args, "-p", "the cat", "--echo"]).Output.ShouldBe("the cat" + plain);
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it()
    {
        string[] args = ["generate", "--model", Tiny.Model, "--temperature", "0", "-n", "20", "-p", "the"];
        var text = CommandLine.Done(args).Output;
        var stop = text[4..6];
        var stopped = CommandLine.Done([.. args, "--stop", "no such text", "--stop", stop, "--json"]).Json;
        stopped.GetProperty("text").GetString().ShouldBe(text[..text.IndexOf(stop, StringComparison.Ordinal)]);
        stopped.GetProperty("finish_reason").GetString().ShouldBe("stop");
    }

    [Fact]
    public void A_run_folder_stands_for_its_model()
    {
        string[] args = ["--temperature", "0", "-n", "5", "-p", "the"];
        CommandLine.Done(["generate", Tiny.Run, .. args]).Output.ShouldBe(CommandLine.Done(["generate", Tiny.Model, .. args]).Output);
        CommandLine.Refused(["generate", Tiny.Run, "-m", Tiny.Model], "two models");
    }

    [Fact]
    public void A_prompt_that_does_not_fit_is_refused_with_the_numbers()
    {
        CommandLine.Refused(["generate", Tiny.Model, "-p", Tiny.MakeText(500)], "context 32");
        CommandLine.Refused(["generate", Tiny.Model, "-p", "the", "--context-length", "33"], "1 to 32");
    }

    [Fact]
    public void A_model_with_a_template_takes_a_message_unless_told_otherwise()
    {
        string[] args = ["generate", "-m", Tiny.ChatModel, "-p", "the cat", "--temperature", "0", "-n", "5", "--json"];
        var message = CommandLine.Done(args).Json;
        var plain = CommandLine.Done([.. args, "--raw"]).Json;
        CommandLine.Done([.. args, "--chat"]).Json.GetProperty("tokens").GetRawText().ShouldBe(message.GetProperty("tokens").GetRawText());
        plain.GetProperty("prompt_tokens").GetInt32().ShouldBe(8); // BOS and a token a character
        message.GetProperty("prompt_tokens").GetInt32().ShouldBeGreaterThan(16);
        CommandLine.Done([.. args, "--system", "a dog"]).Json.GetProperty("prompt_tokens").GetInt32().ShouldBeGreaterThan(message.GetProperty("prompt_tokens").GetInt32());
        CommandLine.Refused(["generate", "-m", Tiny.ChatModel], "--prompt");
        CommandLine.Refused(["generate", "-m", Tiny.Model, "-p", "x", "--chat"], "no chat template");
    }

    [Fact]
    public void Json_keeps_every_character()
    {
        var outcome = CommandLine.Done("generate", "-m", Tiny.Model, "-p", "the \"cat\"\n", "--echo", "-n", "2", "--json");
        JsonDocument.Parse(outcome.Output).RootElement.GetProperty("text").GetString()!.ShouldStartWith("the \"cat\"\n");
    }
}
