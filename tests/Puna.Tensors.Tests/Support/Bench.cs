using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// A device, an arena and a recording tape for one test. The arena's memory is filled with NaN first, so that an operation that
/// reads what it should have written is found out.
/// </summary>
internal sealed class Bench : IDisposable
{
    private const int PoisonedBytes = 1 << 20;
    private readonly DType _type;

    public Bench(DType type = DType.Float64, string? tier = null, int threads = 2)
    {
        _type = type;
        Device = new CpuDevice(threads, KernelTier.Choose(tier ?? "portable"));
        Arena = new Arena();
        Arena.Allocate(DType.Float32, new Shape(PoisonedBytes / 4)).Span<float>().Fill(float.NaN);
        Arena.Reset();
        Tape = new Tape(Device, Arena) { Recording = true };
    }

    public CpuDevice Device { get; }

    public Arena Arena { get; }

    public Tape Tape { get; }

    /// <summary>A leaf with memory of its own whose gradient is wanted.</summary>
    public Tensor Leaf(ReadOnlySpan<double> values, Shape shape) => Tensor(values, shape, true);

    /// <summary>A constant with memory of its own.</summary>
    public Tensor Constant(ReadOnlySpan<double> values, Shape shape) => Tensor(values, shape, false);

    public static Tensor Integers(ReadOnlySpan<int> values)
    {
        var tensor = new Tensor(DType.Int32, new Shape(values.Length));
        values.CopyTo(tensor.Span<int>());
        return tensor;
    }

    public static double[] Read(Tensor tensor) => tensor.DType == DType.Float64
        ? tensor.Span<double>().ToArray()
        : [.. tensor.Span<float>().ToArray().Select(x => (double)x)];

    public void Dispose()
    {
        Arena.Dispose();
        Device.Dispose();
    }

    private Tensor Tensor(ReadOnlySpan<double> values, Shape shape, bool requiresGradient)
    {
        var tensor = new Tensor(_type, shape) { RequiresGradient = requiresGradient };
        values.Length.ShouldBe((int)tensor.Count);
        for (var i = 0; i < values.Length; i++)
        {
            if (_type == DType.Float64) tensor.Span<double>()[i] = values[i];
            else tensor.Span<float>()[i] = (float)values[i];
        }
        GC.KeepAlive(tensor);
        return tensor;
    }
}
