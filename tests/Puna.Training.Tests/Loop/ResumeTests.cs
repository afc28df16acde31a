using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>A run that was stopped and resumed is the run that was not.</summary>
public class ResumeTests
{
    [Theory]
    [InlineData(1, 1, 0.0, false)]
    [InlineData(5, 1, 0.0, false)]
    [InlineData(7, 3, 0.2, true)]
    [InlineData(4, 2, 0.2, true)]
    [InlineData(9, 2, 0.0, true)]
    public void Some_steps_a_checkpoint_and_the_rest_are_bit_for_bit_the_whole(int stop, int accumulation, double dropout, bool rows)
    {
        using var folder = new TemporaryFolder();
        using var device = new CpuDevice(2);
        var options = TinyTraining.Options with { GradientAccumulation = accumulation, Dropout = dropout, Steps = 12 };
        Trainer New(ulong seed) => TinyTraining.Trainer(device, options, rows ? TinyTraining.Rows : TinyTraining.Windows, seed);

        using var whole = New(3);
        var expected = TinyTraining.Advance(whole, 12);
        using var first = New(3);
        TinyTraining.Advance(first, stop).ShouldBe(expected[..stop]);
        TrainingCheckpoint.Save(folder["step"], first, TinyLlama.Model(first.Network), seconds: 1.5, bestLoss: 2.25);
        TinyTraining.Advance(first, 1);

        using var second = New(99);
        var state = TrainingCheckpoint.Load(folder["step"], second);
        (state with { DataFingerprint = null }).ShouldBe(new CheckpointState(stop, expected[..stop].Sum(step => step.LabelTokens), 1.5, 2.25));
        TrainingCheckpoint.HasSameData(state, second).ShouldBeTrue();
        TinyTraining.Advance(second, 12 - stop).ShouldBe(expected[stop..]);
        TinyTraining.State(second).ShouldBe(TinyTraining.State(whole));
        second.TokensSeen.ShouldBe(whole.TokensSeen);
    }

    [Fact]
    public void A_checkpoint_is_a_model_folder_that_loads_with_the_same_weights()
    {
        using var folder = new TemporaryFolder();
        var trainer = Saved(folder);
        TinyLlama.Weights(ModelFolder.Load(folder["step"], requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(trainer.Network));
        folder.Entries.ShouldBe(["step"]);
    }

    [Fact]
    public void No_evaluation_yet_is_remembered_as_such()
    {
        using var folder = new TemporaryFolder();
        using var device = new CpuDevice(1);
        using var trainer = TinyTraining.Trainer(device);
        TrainingCheckpoint.Save(folder["step"], trainer, TinyLlama.Model(trainer.Network), 0, double.PositiveInfinity);
        TrainingCheckpoint.ReadState(folder["step"]).BestLoss.ShouldBe(double.PositiveInfinity);
    }

    [Theory]
    [InlineData("trainer_state.json")]
    [InlineData("trainer_state.safetensors")]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("checksums.sha256")]
    public void A_missing_file_and_one_cut_short_are_named(string name)
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        var path = Path.Combine(folder["step"], name);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]);
        Refusal(folder).ShouldContain(name);
        File.WriteAllBytes(path, []);
        Refusal(folder).ShouldContain(name);
        File.Delete(path);
        Refusal(folder).ShouldContain(name);
    }

    [Fact]
    public void A_bit_that_was_flipped_is_found_wherever_it_is()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        TrainingCheckpoint.FindDamage(folder["step"]).ShouldBeNull();
        var random = new CounterRandom(4);
        foreach (var path in Directory.GetFiles(folder["step"]))
            for (var n = 0; n < 5; n++)
            {
                var bytes = File.ReadAllBytes(path);
                var damaged = bytes.ToArray();
                damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(path, damaged);
                TrainingCheckpoint.FindDamage(folder["step"]).ShouldNotBeNull(path);
                Refusal(folder).ShouldContain("damaged");
                File.WriteAllBytes(path, bytes);
            }
        TrainingCheckpoint.FindDamage(folder["step"]).ShouldBeNull();
    }

    [Fact]
    public void A_list_of_checksums_that_leaves_a_file_out_vouches_for_nothing()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        var list = Path.Combine(folder["step"], "checksums.sha256");
        File.WriteAllLines(list, File.ReadAllLines(list).Where(line => !line.Contains("trainer_state.safetensors")));
        TrainingCheckpoint.FindDamage(folder["step"])!.ShouldContain("does not list trainer_state.safetensors");
    }

    [Fact]
    public void Another_text_is_noticed_and_so_is_another_place_in_it()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        using var device = new CpuDevice(1);
        bool IsSame(ITrainingData data)
        {
            using var trainer = TinyTraining.Trainer(device, data: data);
            return TrainingCheckpoint.HasSameData(TrainingCheckpoint.Load(folder["step"], trainer), trainer);
        }

        IsSame(TinyTraining.Windows).ShouldBeTrue();
        IsSame(new WindowData(TinyTraining.Text, TinyTraining.Length, 6)).ShouldBeFalse();
        IsSame(new WindowData(TinyTraining.Text[..^1], TinyTraining.Length, 5)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"step":"three","tokens_seen":1,"seconds":1}""")]
    [InlineData("""{"step":-3,"tokens_seen":1,"seconds":1}""")]
    [InlineData("""{"step":1.5,"tokens_seen":1,"seconds":1}""")]
    public void A_state_that_makes_no_sense_is_refused(string state)
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        File.WriteAllText(Path.Combine(folder["step"], "trainer_state.json"), state);
        Checksums.Write(folder["step"]);
        Refusal(folder).ShouldContain("trainer_state.json is missing or damaged");
    }

    [Fact]
    public void A_checkpoint_of_another_network_or_without_some_moment_is_refused()
    {
        using var folder = new TemporaryFolder();
        var trainer = Saved(folder);
        using var device = new CpuDevice(1);
        using var other = new Trainer(TinyLlama.Network(TinyLlama.Config(4, 1)), device, TinyTraining.Windows, TinyTraining.Options);
        Should.Throw<InvalidDataException>(() => TrainingCheckpoint.Load(folder["step"], other)).Message.ShouldContain("k_proj");
        SafetensorsWriter.Write(Path.Combine(folder["step"], "trainer_state.safetensors"), [("exp_avg.model.embed_tokens.weight", trainer.Optimizer.FirstMoments[0])]);
        Checksums.Write(folder["step"]);
        Refusal(folder).ShouldContain("exp_avg_sq.model.embed_tokens.weight");
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_older_one()
    {
        using var folder = new TemporaryFolder();
        var trainer = Saved(folder);
        // the last of the files cannot be written: JSON has no NaN
        Should.Throw<ArgumentException>(() => TrainingCheckpoint.Save(folder["step"], trainer, TinyLlama.Model(trainer.Network), double.NaN, 0));
        TrainingCheckpoint.ReadState(folder["step"]).Step.ShouldBe(2);
        folder.Entries.ShouldBe(["step"]);
    }

    private static Trainer Saved(TemporaryFolder folder)
    {
        using var device = new CpuDevice(1);
        var trainer = TinyTraining.Trainer(device);
        TinyTraining.Advance(trainer, 2);
        TrainingCheckpoint.Save(folder["step"], trainer, TinyLlama.Model(trainer.Network), 1, 2);
        return trainer;
    }

    private static string Refusal(TemporaryFolder folder)
    {
        using var device = new CpuDevice(1);
        using var trainer = TinyTraining.Trainer(device);
        var error = Should.Throw<Exception>(() => TrainingCheckpoint.Load(folder["step"], trainer));
        (error is InvalidDataException or FileNotFoundException).ShouldBeTrue(error.ToString());
        error.Message.ShouldNotContain("\n");
        return error.Message;
    }
}
