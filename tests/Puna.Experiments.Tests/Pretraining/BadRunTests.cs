using System.Text;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>A run that cannot be gets one sentence, and no folder.</summary>
public class BadRunTests
{
    [Theory]
    [InlineData("", "no text")]
    [InlineData(" \n ", "no text")]
    [InlineData("short", "needs at least 17")]
    [InlineData("\u0000binary", "NUL")]
    public void Text_that_is_none_or_too_short_is_refused(string text, string sentence)
    {
        using var mini = new MiniRun();
        mini.WriteText(text);
        Refusal(mini).ShouldContain(sentence);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_with_the_place()
    {
        using var mini = new MiniRun();
        File.WriteAllBytes(mini.Folder("text.txt"), [.. Encoding.UTF8.GetBytes("good\n"), 0xE9, (byte)' ']);
        Refusal(mini).ShouldContain("byte 5 (line 2) is 0xE9");
    }

    [Fact]
    public void A_recipe_without_data_a_missing_file_and_a_weight_are_refused()
    {
        using var mini = new MiniRun();
        var recipe = mini.Recipe;
        mini.Recipe = recipe with { Data = recipe.Data with { Train = [] } };
        Refusal(mini).ShouldContain("names no training text");
        mini.Recipe = recipe with { Data = recipe.Data with { Train = [new DataSource(mini.Folder("none.txt"))] } };
        Should.Throw<FileNotFoundException>(() => mini.Run()).Message.ShouldContain("none.txt");
        mini.Recipe = recipe with { Data = recipe.Data with { Train = [new DataSource(mini.Folder("text.txt"), 2)] } };
        Refusal(mini).ShouldContain("data.train: the weights 2 sum to 2; weights are sampling proportions and must sum to 1");
    }

    [Fact]
    public void A_vocabulary_larger_than_the_text_allows_is_refused_with_the_numbers()
    {
        using var mini = new MiniRun("tokenizer.type=bpe", "tokenizer.vocab_size=30000");
        Refusal(mini).ShouldContain("30000");
    }

    [Fact]
    public void A_network_that_cannot_fit_in_memory_is_refused_with_the_numbers()
    {
        using var mini = new MiniRun("model.hidden_size=1048576", "model.intermediate_size=1048576", "model.num_hidden_layers=200", "model.num_attention_heads=1024");
        Refusal(mini).ShouldContain("this run needs");
    }

    [Fact]
    public void A_device_that_this_build_lacks_is_refused()
    {
        using var mini = new MiniRun();
        Should.Throw<InvalidDataException>(() => Experiments.Pretraining.PretrainRun.Run(mini.Recipe, new(mini.Output, Device: "cuda"), mini.Display)).Message.ShouldContain("cuda");
        Directory.Exists(mini.Output).ShouldBeFalse();
    }

    [Fact]
    public void Training_that_blows_up_stops_after_the_steps_it_may_skip_names_the_layer_and_keeps_the_last_checkpoint()
    {
        using var mini = new MiniRun("optimizer.learning_rate=1e30", "schedule.warmup_steps=0", "optimizer.max_grad_norm=0", "training.checkpoint_every=1", "training.max_skipped_steps=3");
        var message = Should.Throw<ArithmeticException>(() => mini.Run()).Message;
        message.ShouldMatch(@"^step \d+: loss NaN, gradient norm NaN, after 3 steps in a row that were skipped for the same; the (forward|backward) pass is not finite from [a-z0-9._]+ on; try a lower learning rate; .*checkpoint");
        message.ShouldNotContain("\n");
        mini.Display.Lines.Count(line => line.StartsWith("WARNING: step ")).ShouldBe(3);
        var lines = MetricsLog.Read(mini["metrics.jsonl"]).Where(line => line.Split == MetricsSplit.Train).ToArray();
        lines.Count(line => line.IsSkipped && double.IsNaN(line.GradNorm!.Value)).ShouldBe(3);
        // the skipped steps wrote no checkpoint
        Directory.GetDirectories(mini["checkpoints"]).Select(Path.GetFileName).Max().ShouldBe($"step-{lines.Length - 3:D6}");
    }

    private static string Refusal(MiniRun mini)
    {
        var message = Should.Throw<InvalidDataException>(() => mini.Run()).Message;
        message.ShouldNotContain("\n");
        Directory.Exists(mini.Output).ShouldBeFalse("nothing may be left half-written");
        return message;
    }
}
