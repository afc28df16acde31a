namespace Puna.Cli.Tests;

/// <summary>Every bad input of pretraining: one sentence, exit code 2, and nothing is left in the output folder.</summary>
public sealed class BadInputTests
{
    private static void Refuse(Scratch scratch, string[] more, params string[] words)
    {
        CommandLine.Refused(["pretrain", .. more, "--output", scratch["run"]], words);
        Directory.Exists(scratch["run"]).ShouldBeFalse();
        Directory.GetFileSystemEntries(scratch.Folder, "*run*").ShouldBeEmpty();
    }

    private static void RefuseData(byte[] bytes, params string[] words)
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", scratch.Write("data.txt", bytes)], words);
    }

    [Fact]
    public void Missing_data()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", scratch["nothing.txt"]], "nothing.txt");
        Refuse(scratch, [Tiny.Recipe], "--data");
    }

    [Fact]
    public void Empty_data() => RefuseData([], "no text");

    [Fact]
    public void White_space_for_data() => RefuseData([.. "  \n\n "u8], "no text");

    [Fact]
    public void Binary_data() => RefuseData([.. "text"u8, 0, 1, 2], "byte 4", "NUL");

    [Fact]
    public void Data_that_is_not_utf8() => RefuseData([.. "na\n"u8, 0xEF, (byte)'v'], "byte 3", "line 2", "0xEF");

    [Fact]
    public void Data_too_short_for_the_vocabulary() => RefuseData([.. "the cat sees the moon"u8], "vocabulary", "60");

    [Fact]
    public void Data_too_short_for_the_window()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", scratch.Write("data.txt", "the cat sees the moon"), "--set", "tokenizer.type=char"], "window of 32");
    }

    [Fact]
    public void A_window_longer_than_the_data()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--sequence-length", "100000"], "100000");
    }

    [Fact]
    public void A_vocabulary_larger_than_the_text_allows()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--vocab-size", "5000"], "5000", "largest possible");
    }

    [Fact]
    public void A_vocabulary_too_small_for_bytes()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--set", "tokenizer.byte_fallback=true"], "256");
    }

    [Fact]
    public void A_misspelt_key_is_named_with_its_line_and_the_nearest()
    {
        using var scratch = new Scratch();
        var recipe = scratch.Write("bad.yaml", "model:\n  hidden_size: 32\n  num_atention_heads: 4\n");
        Refuse(scratch, [recipe, "--data", Tiny.Text], "bad.yaml:3", "num_atention_heads", "model.num_attention_heads");
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--set", "training.stepps=4"], "training.stepps", "training.steps");
    }

    [Fact]
    public void An_unknown_recipe()
    {
        using var scratch = new Scratch();
        Refuse(scratch, ["tiny-lama", "--data", Tiny.Text], "tiny-lama", "tiny-llama");
    }

    [Fact]
    public void Several_problems_are_named_at_once_a_line_each()
    {
        using var scratch = new Scratch();
        var outcome = CommandLine.Run("pretrain", Tiny.Recipe, "--data", Tiny.Text, "--output", scratch["run"], "--steps", "-1", "--set", "model.width=3");
        outcome.Code.ShouldBe(2);
        outcome.Mistakes.Length.ShouldBe(2);
    }

    [Fact]
    public void Heads_that_do_not_divide()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--set", "model.num_attention_heads=5"], "model.num_attention_heads = 5", "32");
    }

    [Fact]
    public void A_recipe_that_cannot_fit_in_memory()
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--set", "model.hidden_size=1048576", "--set", "model.intermediate_size=1048576", "--set", "model.num_hidden_layers=32"], "memory", "GiB");
    }

    [Theory]
    [InlineData("cuda", "no CUDA")]
    [InlineData("gpu", "auto, cpu or cuda")]
    public void A_device_that_is_not_there(string device, string words)
    {
        using var scratch = new Scratch();
        Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text, "--device", device], words);
    }

    [Fact]
    public void A_precision_that_is_none()
    {
        using var scratch = new Scratch();
        foreach (var word in (string[])["fp64", "0", ""])
        {
            CommandLine.Refused(["quickstart", "--output", scratch["run"], "--precision", word], "--precision", "fp32, bf16 or auto");
            CommandLine.Refused(["generate", "--model", Tiny.Model, "--precision", word], "--precision", "fp32, bf16 or auto");
        }
        Directory.Exists(scratch["run"]).ShouldBeFalse();
    }

    [Fact]
    public void A_tier_that_is_not_there()
    {
        using var scratch = new Scratch();
        var before = Environment.GetEnvironmentVariable("PUNA_ISA");
        Environment.SetEnvironmentVariable("PUNA_ISA", "mmx");
        try
        {
            Refuse(scratch, [Tiny.Recipe, "--data", Tiny.Text], "PUNA_ISA=mmx", "portable");
            CommandLine.Refused(["doctor"], "PUNA_ISA=mmx", "portable");
        }
        finally
        {
            Environment.SetEnvironmentVariable("PUNA_ISA", before);
        }
    }

    [Fact]
    public void A_folder_that_is_somebody_elses()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch["mine"]);
        scratch.Write("mine/notes.txt", "keep");
        foreach (var mode in (string[][])[[], ["--overwrite"], ["--resume"]])
            CommandLine.Refused(["pretrain", Tiny.Recipe, "--data", Tiny.Text, "--output", scratch["mine"], .. mode], "mine");
        Directory.GetFileSystemEntries(scratch["mine"]).ShouldHaveSingleItem();
    }

    [Fact]
    public void An_output_folder_that_cannot_be()
    {
        using var scratch = new Scratch();
        scratch.Write("file", "keep");
        CommandLine.Refused(["pretrain", Tiny.Recipe, "--data", Tiny.Text, "--output", scratch["file"]], "is a file");
        CommandLine.Run("pretrain", Tiny.Recipe, "--data", Tiny.Text, "--output", scratch["file/run"]).Code.ShouldBeOneOf(1, 2);
        File.ReadAllText(scratch["file"]).ShouldBe("keep");
    }

    [Fact]
    public void An_unreadable_checkpoint()
    {
        using var scratch = new Scratch();
        foreach (var file in (string[])["model.safetensors", "config.json", "tokenizer.model"])
        {
            CopyModel(scratch["broken"]);
            var bytes = File.ReadAllBytes(Path.Combine(scratch["broken"], file));
            File.WriteAllBytes(Path.Combine(scratch["broken"], file), bytes[..(bytes.Length / 2)]);
            CommandLine.Refused(["generate", "--model", scratch["broken"]], file);
            File.Delete(Path.Combine(scratch["broken"], file));
            CommandLine.Refused(["generate", "--model", scratch["broken"]], scratch["broken"]);
        }
        CommandLine.Refused(["generate", "--model", scratch["nothing"]], scratch["nothing"]);
        CommandLine.Refused(["generate", "--model", Tiny.Text], "is a file");
    }

    [Fact]
    public void An_unreadable_checkpoint_of_a_run_to_resume_is_left_as_it_is()
    {
        using var scratch = new Scratch();
        string[] run = ["pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"]];
        CommandLine.RunUntilLine("step 8/", run).Code.ShouldBe(130);
        var weights = Directory.GetFiles(scratch["run/checkpoints"], "model.safetensors", SearchOption.AllDirectories).Max(StringComparer.Ordinal)!;
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..100]);
        CommandLine.Refused([.. run, "--resume"], "model.safetensors");
        new FileInfo(weights).Length.ShouldBe(100);
    }

    [Fact]
    public void A_model_of_another_kind_is_refused_with_what_is_supported()
    {
        using var scratch = new Scratch();
        CopyModel(scratch["other"]);
        var config = Path.Combine(scratch["other"], "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"llama\"", "\"mamba\""));
        CommandLine.Refused(["generate", "--model", scratch["other"]], "mamba", "llama", "gpt2");
    }

    private static void CopyModel(string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(Tiny.Model)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
