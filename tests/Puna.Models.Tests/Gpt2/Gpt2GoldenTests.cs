using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

/// <summary>A tiny GPT-2 in Hugging Face's layout against what PyTorch computes for it in float64 (tests/golden/gpt2).</summary>
public sealed class Gpt2GoldenTests : IDisposable
{
    private static readonly string Folder = SharedData.Golden("gpt2");
    private readonly SafetensorsFile _expected = new(Path.Combine(Folder, "expected.safetensors"));
    private readonly CpuDevice _device = new(2);
    private readonly Arena _arena = new();

    [Theory]
    [InlineData(DType.Float64, 1e-11)]
    [InlineData(DType.Float32, 2e-5)]
    public void Logits_and_hidden_states_agree(DType type, double tolerance)
    {
        var network = ModelFolder.Load(Folder, type, requireTokenizer: false).Network.ShouldBeOfType<Gpt2Transformer>();
        var tape = new Tape(_device, _arena);
        var states = new List<Tensor>();
        var logits = network.Logits(tape, network.Forward(tape, Input() with { HiddenStates = states }));
        GoldenModel.LargestDifference(GoldenModel.ToDouble(logits), Values("logits")).ShouldBeLessThan(tolerance);
        states.Count.ShouldBe(3);
        for (var i = 0; i < 3; i++) GoldenModel.LargestDifference(GoldenModel.ToDouble(states[i]), Values($"hidden_states.{i}")).ShouldBeLessThan(tolerance);
    }

    [Theory]
    [InlineData(DType.Float64, 1e-11)]
    [InlineData(DType.Float32, 2e-5)]
    public void Loss_and_every_gradient_agree(DType type, double tolerance)
    {
        var network = ModelFolder.Load(Folder, type, requireTokenizer: false).Network;
        var tape = new Tape(_device, _arena) { Recording = true };
        var loss = network.Loss(tape, network.Forward(tape, Input()), GoldenModel.Shifted(_expected.Read("input_ids", DType.Int32))).Loss;
        tape.Backward(loss);
        GoldenModel.ToDouble(loss)[0].ShouldBe(Values("loss")[0], tolerance);
        foreach (var parameter in network.Parameters)
        {
            var gradient = parameter.Tensor.Gradient.ShouldNotBeNull(parameter.Name);
            var stored = parameter.IsStoredTransposed ? Transposed(gradient) : GoldenModel.ToDouble(gradient);
            GoldenModel.RelativeL2(stored, Values("grad." + parameter.Name)).ShouldBeLessThan(tolerance, parameter.Name);
        }
        network.Parameters.Count.ShouldBe(_expected.Entries.Keys.Count(name => name.StartsWith("grad.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Saved_again_the_weights_are_the_files_own_in_names_shapes_and_bits()
    {
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder.Root, ModelFolder.Load(Folder, requireTokenizer: false));
        using var before = new SafetensorsFile(Path.Combine(Folder, "model.safetensors"));
        using var after = new SafetensorsFile(folder["model.safetensors"]);
        after.Entries.Keys.Order().ShouldBe(before.Entries.Keys.Order());
        foreach (var (name, entry) in before.Entries)
        {
            after.Entries[name].Shape.ShouldBe(entry.Shape, name);
            after.Read(name).ToArray<float>().ShouldBe(before.Read(name).ToArray<float>(), name);
        }
    }

    public void Dispose()
    {
        _expected.Dispose();
        _arena.Dispose();
        _device.Dispose();
    }

    private ForwardInput Input()
    {
        var ids = _expected.Read("input_ids", DType.Int32);
        return new ForwardInput(ids.View(new Shape(ids.Count)), GoldenModel.Counting((int)ids.Shape[0], (int)ids.Shape[1]), (int)ids.Shape[0]);
    }

    private double[] Values(string name) => _expected.Read(name, DType.Float64).ToArray<double>();

    private static double[] Transposed(Tensor matrix)
    {
        var (values, rows, columns) = (GoldenModel.ToDouble(matrix), (int)matrix.Shape[0], (int)matrix.Shape[1]);
        return [.. Enumerable.Range(0, rows * columns).Select(i => values[(i % rows * columns) + (i / rows)])];
    }
}
