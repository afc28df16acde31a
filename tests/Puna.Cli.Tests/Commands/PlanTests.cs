namespace Puna.Cli.Tests;

public sealed class PlanTests
{
    [Fact]
    public void The_table_and_the_object_hold_the_same_facts()
    {
        string[] call = ["plan", "llama-1-65b", "--gpu", "a100", "--gpus", "2048", "--tokens-per-second", "380"];
        var text = CommandLine.Done(call).Output;
        foreach (var part in (string[])["65,285,660,672 parameters", "333,786 steps", "1.4 T tokens", "20.8 days on 2,048 a100", "bf16 dense", "weights, bf16", "an assumption; --price", "law besiroglu"]) text.ShouldContain(part);
        var json = CommandLine.Done([.. call, "--json"]).Json;
        (json.GetProperty("hours").GetDouble() / 24).ShouldBe(20.8, 0.05);
        json.GetProperty("parameters").GetInt64().ShouldBe(65_285_660_672);
        json.GetProperty("memory_bytes").GetProperty("total").GetDouble().ShouldBeLessThan(80e9);
        json.GetProperty("fits").GetBoolean().ShouldBeTrue();
        json.GetProperty("cost").GetDouble().ShouldBe(2 * json.GetProperty("gpu_hours").GetDouble(), 1);
    }

    [Fact]
    public void A_life_is_planned_and_says_where_a_smaller_model_wins()
    {
        string[] call = ["plan", "llama-3-8b", "--serve-tokens", "1e13", "--target-loss", "2.1"];
        var text = CommandLine.Done(call).Output;
        text.ShouldContain("<- least");
        text.ShouldContain("half of Chinchilla's size, trained longer, wins from");
        text.ShouldContain("the size of llama-3-8b");
        var life = CommandLine.Done([.. call, "--json"]).Json.GetProperty("life");
        life.GetProperty("best").GetProperty("parameters").GetDouble().ShouldBeLessThan(life.GetProperty("chinchilla").GetProperty("parameters").GetDouble());
        life.GetProperty("sizes").GetArrayLength().ShouldBe(8);
        CommandLine.Done("plan", "llama-3-8b", "--serve-tokens", "0").Output.ShouldContain("Chinchilla's size is the best");
    }

    [Fact]
    public void Wrong_calls_are_refused_with_a_sentence()
    {
        CommandLine.Refused(["plan", "llama-3-8b", "--serve-tokens", "1e13", "--target-loss", "1.6"], "irreducible loss is 1.69");
        CommandLine.Refused(["plan", "llama-3-8b", "--target-loss", "2"], "--serve-tokens");
        CommandLine.Refused(["plan", "llama-3-8b", "--mfu", "0.4", "--tokens-per-second", "100"], "give one of them");
        CommandLine.Refused(["plan", "llama-3-8b", "--gpu", "b200"], "b200", "h100");
        CommandLine.Refused(["plan", "llama-9-8b"], "llama-9-8b");
        CommandLine.Refused(["plan", "llama-3-8b", "--law", "kaplan", "--serve-tokens", "1"], "kaplan");
        CommandLine.Refused(["pretrain", "llama-2-70b"], "planned, not run", "TiB");
    }

    [Fact]
    public void A_ladder_is_listed_before_it_is_trained_and_wrong_calls_are_refused()
    {
        var list = CommandLine.Done("scaling", "scaling-world", "--list").Output;
        list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(17);
        list.ShouldContain("width 160, 5 layers");
        list.ShouldContain("16 trainings");
        CommandLine.Refused(["scaling"], "puna scaling RECIPE");
        CommandLine.Refused(["scaling", "tiny-llama"], "scaling.ladder");
        CommandLine.Refused(["scaling", "--resume"], "--output");
        CommandLine.Refused(["scaling", "scaling-world", "--resume", "--overwrite", "--output", "x"], "one of them");
    }

    [Fact]
    public void This_machine_is_measured()
    {
        var json = CommandLine.Done("plan", "tiny-llama", "--json").Json;
        json.GetProperty("gpu").GetString().ShouldBe("cpu");
        json.GetProperty("peaks")[0].GetProperty("flops_per_second").GetDouble().ShouldBeGreaterThan(1e8);
    }
}
