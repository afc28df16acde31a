using Puna.Experiments.Planning;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Training;

namespace Puna.Experiments.Tests.Planning;

public class TrainingPlanTests
{
    [Fact]
    public void A_recipe_to_plan_with_is_refused_with_its_memory_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.txt"], "text");
        var message = Should.Throw<InvalidDataException>(() => PretrainRun.Run(RecipeLoader.Load("llama-2-70b", [], [folder["a.txt"]]), new RunOptions(folder["run"]), new SilentDisplay())).Message;
        foreach (var part in (string[])["'llama-2-70b' is to be planned, not run", "TiB of memory", "weights 257.0 GiB", "2 T tokens", "puna plan llama-2-70b"]) message.ShouldContain(part);
        Directory.Exists(folder["run"]).ShouldBeFalse();
    }

    [Fact]
    public void Devices_change_the_clock_and_not_the_work()
    {
        var few = Plan("llama-2-7b", "plan.gpus=128");
        var many = Plan("llama-2-7b", "plan.gpus=512");
        many.DeviceHours.ShouldBe(few.DeviceHours);
        many.Cost.ShouldBe(few.Cost);
        many.Hours.ShouldBe(few.Hours / 4, 1e-9 * few.Hours);
        many.MemoryBytes.ShouldBeLessThan(few.MemoryBytes);
        Plan("llama-2-7b", "plan.gpus=128", "plan.mfu=0.216").DeviceHours.ShouldBe(2 * few.DeviceHours, 1e-6 * few.DeviceHours);
    }

    [Fact]
    public void Without_a_number_of_devices_it_takes_as_few_as_hold_it()
    {
        var plan = Plan("llama-2-70b", "plan.gpus=~", "plan.zero=3");
        plan.Layout.Devices.ShouldBe(plan.LeastDevices!.Value);
        plan.Fits.ShouldBeTrue();
        Plan("llama-2-70b", "plan.gpus=~", "plan.zero=0", "plan.tensor_parallel=1").Fits.ShouldBeFalse();
    }

    [Theory]
    [InlineData("no multiple of the 8", "plan.gpus=12")]
    [InlineData("only 1024 sequences", "plan.gpus=32768")]
    [InlineData("leave some for the full batch", "plan.gpus=8", "plan.batch_ramp=[{until_tokens: 3e12, batch_tokens: 4194304, sequence_length: 2048}]")]
    public void What_does_not_go_together_is_refused(string sentence, params string[] sets) =>
        Should.Throw<InvalidDataException>(() => Plan("llama-2-70b", sets)).Message.ShouldContain(sentence);

    [Fact]
    public void A_speed_above_the_peak_is_refused() =>
        Should.Throw<InvalidDataException>(() => TrainingPlan.Make(RecipeLoader.Load("llama-1-65b"), Accelerator.Find("a100"), tokensPerSecond: 380 * 2048)).Message.ShouldContain("give what one device does");

    [Fact]
    public void This_machine_is_planned_with_Punas_own_memory()
    {
        var recipe = RecipeLoader.Load("tiny-llama");
        var plan = TrainingPlan.Make(recipe, Accelerator.Processor("some processor", 200e9, 16e9));
        plan.MemoryBytes.ShouldBe(MemoryPlan.For(plan.Config, 32, 128, 0).Total);
        plan.Layout.Devices.ShouldBe(1);
        plan.FlopsPerSecond.ShouldBe(100e9);
        Should.Throw<InvalidDataException>(() => TrainingPlan.Make(RecipeLoader.Load("tiny-llama", ["plan.gpus=4"]), Accelerator.Processor("x", 1e9, 1e9))).Message.ShouldContain("this machine alone");
    }

    [Fact]
    public void A_vocabulary_of_characters_is_counted_where_there_is_a_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.txt"], "abcab");
        var device = Accelerator.Find("t4");
        var plan = TrainingPlan.Make(RecipeLoader.Load("nanogpt-char-cpu", [], [folder["a.txt"]]), device);
        (plan.Config.VocabularySize, plan.VocabularyIsAssumed).ShouldBe((3, false));
        TrainingPlan.Make(RecipeLoader.Load("nanogpt-char-cpu"), device).VocabularyIsAssumed.ShouldBeTrue();
    }

    [Fact]
    public void Serving_much_a_smaller_model_trained_longer_wins_and_serving_nothing_Chinchillas()
    {
        var plan = Plan("llama-3-8b");
        var nothing = LifetimePlan.Make(LawSource.All[0], plan, 0, 2.1);
        nothing.Best.Model.Parameters.ShouldBe(nothing.Chinchilla.Model.Parameters, 1);
        var much = LifetimePlan.Make(LawSource.All[0], plan, 1e13, 2.1);
        much.Best.Model.Parameters.ShouldBeLessThan(0.5 * much.Chinchilla.Model.Parameters);
        much.Best.TotalFlops.ShouldBeLessThan(much.Chinchilla.TotalFlops);
        much.HalfWinsFrom.ShouldBeLessThan(1e13);
        much.Rows.Single(row => row.Life == much.Best).Name.ShouldBe("least in all");
        LifetimePlan.Make(LawSource.All[0], plan, 1e13, null).Loss.ShouldBe(ScalingLaw.Chinchilla.Loss(plan.Parameters, plan.Tokens));
    }

    [Fact]
    public void A_law_is_found_by_name_or_in_a_run_and_otherwise_refused()
    {
        using var folder = new TemporaryFolder();
        LawSource.Find("Besiroglu").Law.ShouldBe(ScalingLaw.Besiroglu);
        File.WriteAllText(folder["result.json"], """{"law":{"e":0.5,"a":1,"b":2,"alpha":0.3,"beta":0.4}}""");
        LawSource.Find(folder["result.json"]).Law.ShouldBe(new ScalingLaw(0.5, 1, 2, 0.3, 0.4));
        LawSource.Find(Path.GetDirectoryName(folder["result.json"])!).Law.Beta.ShouldBe(0.4);
        File.WriteAllText(folder["other.json"], "{}");
        Should.Throw<InvalidDataException>(() => LawSource.Find(folder["other.json"])).Message.ShouldContain("no fitted law");
        Should.Throw<InvalidDataException>(() => LawSource.Find("kaplan")).Message.ShouldContain("chinchilla, besiroglu");
    }

    private static TrainingPlan Plan(string name, params string[] sets) => TrainingPlan.Make(RecipeLoader.Load(name, sets), Accelerator.Find("a100"));
}
