using System.Text.Json;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Suspects;
using Puna.Experiments.Tests.Pretraining;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Tests.Suspects;

/// <summary>Each deliberate defect does what its name says, and only where it should.</summary>
public sealed class DefectTests : IDisposable
{
    private const int Vocabulary = 40, Length = 8;
    private readonly CpuDevice _device = new(1);
    private readonly Arena _arena = new();
    private Transformer _sound = Network(layers: 2);

    [Fact]
    public void A_mask_decides_which_tokens_a_position_sees()
    {
        Sees(ModelDefect.None, 4).ShouldBe([0, 1, 2, 3, 4]);
        Sees(ModelDefect.MaskNone, 4).ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);
        Sees(ModelDefect.MaskInverted, 4).ShouldBe([4, 5, 6, 7]);
        Sees(ModelDefect.MaskSelf, 4).ShouldBe([4]);
        Sees(ModelDefect.TargetsTwoAhead, 4).ShouldBe([0, 1, 2, 3]);
        Sees(ModelDefect.InputLost, 4).ShouldBeEmpty();
    }

    [Fact]
    public void Without_positions_the_order_of_what_came_before_does_not_matter()
    {
        _sound = Network(layers: 1); // with more, the causal mask alone tells a token how much stands before it
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8], swapped = [2, 1, 3, 4, 5, 6, 7, 8];
        var labels = Labels(ids);
        Math.Abs(Losses(ModelDefect.NoPositions, ids, labels)[6] - Losses(ModelDefect.NoPositions, swapped, labels)[6]).ShouldBeLessThan(1e-5f);
        Math.Abs(Losses(ModelDefect.None, ids, labels)[6] - Losses(ModelDefect.None, swapped, labels)[6]).ShouldBeGreaterThan(1e-4f);
    }

    [Fact]
    public void A_softmax_of_a_softmax_cannot_fall_below_its_floor()
    {
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8];
        var floor = Math.Log(Math.E + Vocabulary - 1) - 1;
        foreach (var parameter in _sound.Parameters.Where(parameter => parameter.Name == "lm_head.weight"))
        {
            foreach (ref var weight in parameter.Tensor.Span<float>()) weight *= 100; // as sure of itself as can be
        }
        Losses(ModelDefect.DoubleSoftmax, ids, Labels(ids)).Take(7).ShouldAllBe(loss => loss > floor - 1e-5 && loss < Math.Log(Vocabulary) + 1);
        Losses(ModelDefect.None, ids, Labels(ids)).Take(7).Max().ShouldBeGreaterThan((float)Math.Log(Vocabulary) + 1);
    }

    [Fact]
    public void Targets_that_are_not_shifted_are_the_inputs()
    {
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8];
        Losses(ModelDefect.TargetsUnshifted, ids, Labels(ids))[..7].ShouldBe(Losses(ModelDefect.None, ids, [.. ids[..7], LogProb.Ignore])[..7]);
    }

    [Fact]
    public void A_scope_leaves_the_other_half_sound()
    {
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8];
        var sound = Losses(ModelDefect.None, ids, Labels(ids));
        Losses(ModelDefect.MaskNone, ids, Labels(ids), DefectScope.Training).ShouldBe(sound);
        Losses(ModelDefect.MaskNone, ids, Labels(ids), DefectScope.Training, recording: true).ShouldNotBe(sound);
        Losses(ModelDefect.MaskNone, ids, Labels(ids), DefectScope.Scoring).ShouldNotBe(sound);
        Losses(ModelDefect.MaskNone, ids, Labels(ids), DefectScope.Scoring, recording: true).ShouldBe(sound);
    }

    [Fact]
    public void A_run_with_a_defect_says_so_trains_and_leaves_a_model_without_it()
    {
        using var mini = new MiniRun("model.defect=targets_unshifted", "training.steps=150", "training.eval_every=0", "training.batch_size=8", "optimizer.learning_rate=1e-2", "model.dropout=0", "training.gradient_accumulation=1");
        var json = JsonDocument.Parse(mini.Run()!).RootElement;
        mini.Display.All.ShouldContain("WARNING: this network makes a mistake on purpose (model.defect: targets_unshifted)");
        json.GetProperty("val_accuracy").GetDouble().ShouldBeGreaterThan(0.95); // it learned to copy its input
        RunFolder.Read(mini.Output).ReadRecipe().Model.Defect.ShouldBe(ModelDefect.TargetsUnshifted);
        using var device = new CpuDevice(1);
        using var generator = new TextGenerator(ModelFolder.Load(mini["model"]), device);
        generator.Complete(generator.Encode("the "), SamplingOptions.Greedy, new GenerationOptions { MaxOutputTokens = 4 }).ShouldBe("    ");
    }

    [Fact]
    public void Every_defect_has_a_name_in_recipes()
    {
        var names = RecipeKeys.Find("model.defect")!.Type.Split(" or ");
        names.Select(name => RecipeLoader.Load("tiny-llama", [$"model.defect={name}"]).Model.Defect).ShouldBe(Enum.GetValues<ModelDefect>());
    }

    public void Dispose()
    {
        _arena.Dispose();
        _device.Dispose();
    }

    private static Transformer Network(int layers)
    {
        var network = new Transformer(LlamaConfig.Create(32, 48, layers, 4, 4, Vocabulary, Length) with { InitializerRange = 0.2 });
        network.Initialize(3);
        return network;
    }

    /// <summary>The tokens whose change changes the loss of one position, its label staying as it is.</summary>
    private int[] Sees(ModelDefect defect, int position)
    {
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8];
        var labels = new int[Length];
        Array.Fill(labels, 20);
        var own = defect == ModelDefect.MaskInverted ? Length - 1 - position : position; // its rows run backwards
        var before = Losses(defect, ids, labels)[own];
        return [.. Enumerable.Range(0, Length).Where(t => Losses(defect, [.. ids.Select((id, i) => i == t ? 30 : id)], labels)[own] != before)];
    }

    private static int[] Labels(int[] ids) => [.. ids[1..], LogProb.Ignore];

    private float[] Losses(ModelDefect defect, int[] ids, int[] labels, DefectScope scope = DefectScope.Always, bool recording = false)
    {
        using var arena = new Arena();
        var tape = new Tape(_device, arena) { Recording = recording };
        LanguageNetwork network = defect == ModelDefect.None ? _sound : new DefectiveNetwork(_sound, defect, scope);
        Tensor Whole(IEnumerable<int> values)
        {
            var tensor = new Tensor(DType.Int32, new Shape(ids.Length));
            values.ToArray().CopyTo(tensor.Span<int>());
            return tensor;
        }
        var hidden = network.Forward(tape, new ForwardInput(Whole(ids), Whole(Enumerable.Range(0, ids.Length)), 1));
        var losses = network.Loss(tape, hidden, Whole(labels)).TokenLosses.Span<float>().ToArray();
        foreach (var parameter in _sound.Parameters) parameter.Tensor.Gradient = null;
        return losses;
    }
}
