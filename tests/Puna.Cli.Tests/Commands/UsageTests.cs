namespace Puna.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("pretrian", "'pretrain'")]
    [InlineData("tokenizer trian", "'train'")]
    [InlineData("eval --taks perplexity", "--tasks")]
    [InlineData("generate --modle x", "--model")]
    [InlineData("generate --modle=x", "--model")]
    [InlineData("pretrain tiny-llama --data a.txt --ouput x", "--output")]
    [InlineData("chat --tempreature 1", "--temperature")]
    [InlineData("--versoin", "--version")]
    public void A_misspelt_name_is_answered_with_the_nearest_one(string line, string nearest) => CommandLine.Refused(line.Split(' '), nearest);

    [Theory]
    [InlineData("generate --top-k many", "--top-k many", "at least 0")]
    [InlineData("generate --top-p 1.5", "from 0 to 1")]
    [InlineData("generate --temperature -1", "--temperature -1")]
    [InlineData("generate --temperature nan", "--temperature nan")]
    [InlineData("generate --max-tokens 0", "at least 1")]
    [InlineData("generate --threads 0", "1 to 1024")]
    [InlineData("generate --top-k", "--top-k")]
    [InlineData("generate --precision fp8", "fp32, bf16 or auto")]
    [InlineData("generate --device tpu", "auto, cpu or cuda")]
    [InlineData("generate --chat --raw", "contradict")]
    [InlineData("tokenizer", "train, encode, decode")]
    [InlineData("pretrain tiny-llama --resume --overwrite", "one of them")]
    [InlineData("pretrain tiny-llama --resume", "--output")]
    [InlineData("pretrain", "RECIPE")]
    [InlineData("pretrain tiny-llama extra", "'extra'")]
    [InlineData("inspect", "PATH")]
    [InlineData("logits --model .", "--tokens")]
    [InlineData("evaluate --model .", "--data")]
    [InlineData("tokenizer encode", "--tokenizer")]
    [InlineData("tokenizer train --vocab-size 10 --output x.model", "--data")]
    [InlineData("tokenizer train --data x --type wordpiece --output x.model", "bpe or char")]
    [InlineData("tokenizer train --data x --type char --byte-fallback --output x.model", "--byte-fallback")]
    public void Wrong_usage_is_one_sentence_and_exit_code_2(string line, params string[] words) => CommandLine.Refused(line.Split(' '), words);

    [Fact]
    public void A_stack_trace_comes_only_when_asked_for()
    {
        CommandLine.Run("inspect", "nothing-here").Error.ShouldNotContain("   at ");
        CommandLine.Run("inspect", "nothing-here", "--verbose").Error.ShouldContain("   at ");
    }

    [Fact]
    public void Values_that_look_like_options_or_files_of_arguments_are_taken_as_they_are()
    {
        var outcome = CommandLine.Done("generate", Tiny.Model, "--prompt", "@a -b", "-n", "3", "--stop", "-x", "--temperature", "0", "--echo");
        outcome.Output.ShouldStartWith("@a -b");
    }

    [Theory]
    [InlineData(typeof(IOException), 1)]
    [InlineData(typeof(InsufficientMemoryException), 1)]
    [InlineData(typeof(OutOfMemoryException), 1)]
    [InlineData(typeof(ArithmeticException), 1)]
    [InlineData(typeof(NotSupportedException), 1)]
    [InlineData(typeof(InvalidDataException), 2)]
    [InlineData(typeof(FileNotFoundException), 2)]
    [InlineData(typeof(DirectoryNotFoundException), 2)]
    [InlineData(typeof(UnauthorizedAccessException), 2)]
    [InlineData(typeof(OperationCanceledException), 130)]
    public void Every_failure_has_its_exit_code_and_one_line(Type type, int code)
    {
        using var error = new StringWriter { NewLine = "\n" };
        Failures.Report((Exception)Activator.CreateInstance(type)!, error, verbose: false).ShouldBe(code);
        error.ToString().ShouldStartWith("puna: ");
        error.ToString().TrimEnd('\n').ShouldNotContain("\n");
    }

    [Fact]
    public void No_escape_sequence_of_a_file_reaches_the_terminal_and_none_fills_it()
    {
        using var error = new StringWriter { NewLine = "\n" };
        Failures.Report(new InvalidDataException($"m.safetensors: tensor 'a\u001b]0;owned\u0007' {new string('b', 100_000)}{string.Concat(Enumerable.Repeat("\nmore", 1000))}"), error, verbose: false);
        error.ToString().ShouldStartWith("puna: m.safetensors: tensor 'a\uFFFD]0;owned\uFFFD' bbb");
        error.ToString().Where(char.IsControl).ShouldAllBe(c => c == '\n');
        error.ToString().Length.ShouldBeLessThan(10_000);
    }
}
