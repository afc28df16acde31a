using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

/// <summary>A golden checkpoint with its expected values and what the network computes for it.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly Arena _arena = new();
    private readonly CpuDevice _device;

    public GoldenModel(string name, DType type = DType.Float32, Precision precision = Precision.Float32)
    {
        Folder = FolderOf(name);
        Expected = new SafetensorsFile(Path.Combine(Folder, "expected.safetensors"));
        Network = (Transformer)ModelFolder.Load(Folder, type, requireTokenizer: false).Network;
        _device = new CpuDevice(2);
        Tape = new Tape(_device, _arena) { Precision = precision };
        Ids = Expected.Read("input_ids", DType.Int32);
        (Batch, Length) = ((int)Ids.Shape[0], (int)Ids.Shape[1]);
        Labels = Shifted(Expected.Read("labels", DType.Int32));
        Documents = Expected.Entries.ContainsKey("document_ids") ? Expected.Read("document_ids", DType.Int32) : null;
        Positions = Expected.Entries.ContainsKey("position_ids") ? Expected.Read("position_ids", DType.Int32) : Counting(Batch, Length);
    }

    public static string FolderOf(string name)
    {
        var copied = SharedData.Golden($"models/{name}");
        return Directory.Exists(copied) ? copied : SharedData.Shared($"golden/models/{name}");
    }

    public string Folder { get; }

    public SafetensorsFile Expected { get; }

    public Transformer Network { get; }

    public Tape Tape { get; }

    public int Batch { get; }

    public int Length { get; }

    public Tensor Ids { get; }

    public Tensor Labels { get; }

    public Tensor Positions { get; }

    public Tensor? Documents { get; }

    public ForwardInput Input => new(Ids.View(new Shape(Ids.Count)), Positions.View(new Shape(Ids.Count)), Batch) { Documents = Documents };

    public double[] Values(string name) => Expected.Read(name, DType.Float64).ToArray<double>();

    public void Dispose()
    {
        Expected.Dispose();
        _arena.Dispose();
        _device.Dispose();
    }

    public static Tensor Counting(int batch, int length)
    {
        var positions = new Tensor(DType.Int32, new Shape(batch * length));
        for (var i = 0; i < batch * length; i++) positions.Span<int>()[i] = i % length;
        return positions;
    }

    public static double[] ToDouble(Tensor tensor) => tensor.DType == DType.Float64
        ? tensor.ToArray<double>()
        : [.. tensor.ToArray<float>().Select(value => (double)value)];

    public static double LargestDifference(double[] actual, double[] expected) => actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();

    public static double RelativeL2(double[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        return Math.Sqrt(actual.Zip(expected, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(b => b * b));
    }

    /// <summary>The files hold labels unshifted: logits of position t are compared with labels of t + 1.</summary>
    public static Tensor Shifted(Tensor labels)
    {
        var (batch, length) = ((int)labels.Shape[0], (int)labels.Shape[1]);
        var shifted = new Tensor(DType.Int32, new Shape(batch * length));
        for (var b = 0; b < batch; b++)
        {
            for (var t = 0; t < length; t++)
                shifted.Span<int>()[(b * length) + t] = t + 1 < length ? labels.Span<int>()[(b * length) + t + 1] : LogProb.Ignore;
        }
        return shifted;
    }
}
