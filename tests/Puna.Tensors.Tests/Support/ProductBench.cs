using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>A product with scratch memory that begins as NaN; one thread, so that a fault of the interpreter reaches the test.</summary>
internal sealed unsafe class ProductBench : IDisposable
{
    /// <summary>Per element: the error may be this many roundings of Σ |a·b| + |c|.</summary>
    private const double Roundings = 8;
    private const float Untouched = 12345.678f;
    private const long PoisonedBytes = 1 << 20;

    private readonly WorkerPool _pool = new(1);
    private readonly Scratch _scratch = new(1);
    private readonly BFloat16Product _product;

    public ProductBench(bool windows)
        : this(Interpreted(windows))
    {
    }

    public ProductBench(BFloat16Kernel kernel)
    {
        _product = new BFloat16Product(kernel, _pool);
        new Span<float>(_scratch.Shared(PoisonedBytes), (int)PoisonedBytes / sizeof(float)).Fill(float.NaN);
    }

    public void Dispose() => _pool.Dispose();

    public float[] Product(int m, int n, int k, int options) => Product(m, n, k, options, Given(m * k, 1), Given(k * n, 2), new float[m * n]);

    /// <summary>Options: transpose A (1) and B (2), accumulate (4), start 4 bytes beyond an aligned address with gaps between the rows of C (8), give A (16) and B (32) in bf16.</summary>
    public bool Check(int m, int n, int k, int options)
    {
        bool ta = (options & 1) != 0, tb = (options & 2) != 0, add = (options & 4) != 0;
        float[] x = Given(m * k, 1), y = Given(k * n, 2), before = Given(m * n, 3);
        var found = Product(m, n, k, options, x, y, before);
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = add ? before[(i * n) + j] : 0, size = Math.Abs(sum);
                for (var l = 0; l < k; l++)
                {
                    var product = (double)Rounded(x[ta ? (l * m) + i : (i * k) + l]) * Rounded(y[tb ? (j * k) + l : (l * n) + j]);
                    sum += product;
                    size += Math.Abs(product);
                }
                if (!(Math.Abs(found[(i * n) + j] - sum) <= Roundings * size * Math.Pow(2, -24))) return false;
            }
        return true;
    }

    private static AmxBFloat16Kernel Interpreted(bool windows)
    {
        Skip.IfNot(ProcessorFeatures.Current.MissingForAvx512 is null, "packing needs AVX-512, which this machine lacks");
        return new AmxBFloat16Kernel(bodies => new InterpretedFunctions(bodies, windows));
    }

    private static float[] Given(int count, ulong seed) => [.. Numbers.Normal(count, seed).Select(x => (float)x)];

    /// <summary>The nearest number with eight significant bits, ties to even, found without looking at bits.</summary>
    private static double Rounded(float x)
    {
        if (x == 0 || float.IsNaN(x)) return x;
        var unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(x))) - 7);
        return Math.Round(x / unit, MidpointRounding.ToEven) * unit;
    }

    private float[] Product(int m, int n, int k, int options, float[] x, float[] y, float[] before)
    {
        bool ta = (options & 1) != 0, tb = (options & 2) != 0, add = (options & 4) != 0;
        var (shift, gap) = (options & 8) != 0 ? (1, 5) : (0, 0);
        var cRow = n + gap;
        float[] a = Surrounded(x, shift), b = Surrounded(y, shift), c = new float[shift + (m * cRow) + 1];
        var (aHalf, bHalf) = (Bits(a), Bits(b));
        Array.Fill(c, Untouched);
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++) c[shift + (i * cRow) + j] = add ? before[(i * n) + j] : float.NaN;
        fixed (float* pa = a, pb = b, pc = c)
        fixed (ushort* paHalf = aHalf, pbHalf = bHalf)
        {
            _product.Run(_scratch, new ProductTask
            {
                M = m,
                N = n,
                K = k,
                A = (options & 16) != 0 ? new(paHalf + shift, ta ? 1 : k, ta ? m : 1, true) : new(pa + shift, ta ? 1 : k, ta ? m : 1, false),
                B = (options & 32) != 0 ? new(pbHalf + shift, tb ? 1 : n, tb ? k : 1, true) : new(pb + shift, tb ? 1 : n, tb ? k : 1, false),
                C = pc + shift,
                CRow = cRow,
                Accumulate = add,
            });
        }
        var result = new float[m * n];
        for (var i = 0; i < c.Length; i++)
        {
            var (row, column) = Math.DivRem(i - shift, cRow);
            if (i >= shift && row < m && column < n) result[(row * n) + column] = c[i];
            else c[i].ShouldBe(Untouched, $"element {i} lies outside the result");
        }
        return result;
    }

    /// <summary>An operand between numbers that must not be read.</summary>
    private static float[] Surrounded(float[] x, int shift)
    {
        var surrounded = new float[shift + x.Length + 64];
        Array.Fill(surrounded, float.NaN);
        x.CopyTo(surrounded, shift);
        return surrounded;
    }

    private static ushort[] Bits(float[] x) => [.. x.Select(value => (ushort)(BitConverter.SingleToUInt32Bits((float)Rounded(value)) >> 16))];
}
