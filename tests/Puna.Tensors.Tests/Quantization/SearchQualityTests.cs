using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>What a quantiser promises beside its bytes: the error falls with the bits, importance moves it, and threads change nothing.</summary>
public class SearchQualityTests
{
    public static TheoryData<string> Written => [.. BlockFormat.All.Where(format => format.CanQuantize).Select(format => format.Name)];

    /// <summary>Largest share of the root mean square that normal values lose, by format: what least squares on such values gives, with a tenth of slack.</summary>
    [Theory]
    [InlineData("Q2_K", 0.30)]
    [InlineData("Q3_K", 0.16)]
    [InlineData("Q4_K", 0.075)]
    [InlineData("Q5_K", 0.038)]
    [InlineData("Q6_K", 0.021)]
    [InlineData("Q8_0", 0.006)]
    [InlineData("Q4_0", 0.095)]
    [InlineData("Q5_0", 0.048)]
    public void Normal_values_lose_no_more_than_the_bits_demand(string name, double most)
    {
        var x = Normal(256 * 64, 5);
        Error(x, ThereAndBack(name, x)).ShouldBeLessThan(most * most * x.Average(v => (double)v * v));
    }

    [Theory, MemberData(nameof(Written))]
    public void Any_row_comes_back_finite_and_within_a_step_of_its_block(string name)
    {
        var format = BlockFormat.ByName(name);
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), Gen.Choose(-30, 8).ToArbitrary(), (seed, scale) =>
        {
            var random = new CounterRandom((ulong)seed);
            var x = new float[256];
            for (var i = 0; i < x.Length; i++) x[i] = random.Next(5) == 0 ? 0 : (float)(random.NextNormal() * Math.Pow(2, scale) * (random.Next(40) == 0 ? 10 : 1));
            var back = ThereAndBack(name, x);
            var peak = x.Max(Math.Abs);
            var steps = format.BytesPerBlock * 8 / format.ElementsPerBlock >= 8 ? 0.01 : format.ElementsPerBlock == 256 && name is "Q2_K" or "Q3_K" ? 0.6 : 0.2;
            for (var i = 0; i < x.Length; i++)
            {
                float.IsFinite(back[i]).ShouldBeTrue();
                Math.Abs(back[i] - x[i]).ShouldBeLessThanOrEqualTo((float)((steps * peak) + 6e-5), $"{name}: {x[i]} became {back[i]} where the largest is {peak}");
            }
        }));
    }

    [Theory, MemberData(nameof(Written))]
    public void Zeros_stay_zeros(string name) => ThereAndBack(name, new float[512]).ShouldAllBe(value => value == 0);

    [Theory]
    [InlineData("Q4_0")]
    [InlineData("Q4_1")]
    [InlineData("Q5_0")]
    [InlineData("Q5_1")]
    [InlineData("Q2_K")]
    [InlineData("Q3_K")]
    [InlineData("Q4_K")]
    [InlineData("Q5_K")]
    [InlineData("Q6_K")]
    public void Important_columns_are_kept_better(string name)
    {
        var x = Normal(256 * 32, 11);
        var importance = new float[x.Length];
        for (var i = 0; i < x.Length; i++) importance[i] = i % 4 == 0 ? 100 : 1;
        var (plain, weighted) = (ThereAndBack(name, x), ThereAndBack(name, x, importance));
        double Kept(float[] back) => x.Select((v, i) => importance[i] * Math.Pow(v - back[i], 2)).Sum();
        Kept(weighted).ShouldBeLessThan(Kept(plain) * 0.97);
    }

    [Theory, MemberData(nameof(Written))]
    public void Rows_on_any_number_of_threads_are_the_same_bytes(string name)
    {
        var format = BlockFormat.ByName(name);
        var x = Normal(512 * 9, 3);
        var expected = new byte[9 * format.RowBytes(512)];
        for (var row = 0; row < 9; row++) format.Quantize(x.AsSpan(row * 512, 512), expected.AsSpan((int)(row * format.RowBytes(512)), (int)format.RowBytes(512)));
        var matrix = new Tensor(DType.Float32, new Shape(9, 512));
        x.CopyTo(matrix.Span<float>());
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var pool = new WorkerPool(threads);
            var bytes = new byte[expected.Length];
            format.Quantize(pool, matrix, bytes);
            bytes.ShouldBe(expected, $"{threads} threads");
        }
    }

    [Fact]
    public void What_cannot_be_is_said()
    {
        Should.Throw<InvalidDataException>(() => BlockFormat.ByName("Q9_K")).Message.ShouldContain("Q4_K");
        var format = BlockFormat.ByName("Q4_K");
        Should.Throw<ArgumentException>(() => format.RowBytes(100)).Message.ShouldContain("256");
        Should.Throw<ArgumentException>(() => format.Quantize(new float[256], new byte[10]));
        Should.Throw<ArgumentException>(() => format.Dequantize(new byte[10], new float[256]));
        Should.Throw<ArgumentException>(() => format.Quantize(new float[256], new byte[144], new float[3])).Message.ShouldContain("importances");
        Should.Throw<NotSupportedException>(() => BlockFormat.ByName("IQ4_XS").Quantize(new float[256], new byte[136])).Message.ShouldContain("only read");
    }

    /// <summary>Mean of weight(x)·(x − y)².</summary>
    internal static double Error(float[] x, float[] y, Func<float, double>? weight = null) => x.Zip(y, (a, b) => (weight?.Invoke(a) ?? 1) * (a - (double)b) * (a - (double)b)).Average();

    private static float[] ThereAndBack(string name, float[] x, float[]? importance = null)
    {
        var format = BlockFormat.ByName(name);
        var row = new byte[format.RowBytes(x.Length)];
        format.Quantize(x, row, importance);
        var back = new float[x.Length];
        format.Dequantize(row, back);
        return back;
    }

    private static float[] Normal(int count, ulong seed)
    {
        var random = new CounterRandom(seed);
        var x = new float[count];
        for (var i = 0; i < count; i++) x[i] = (float)random.NextNormal();
        return x;
    }
}
