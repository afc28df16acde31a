using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>A file's matrices are multiplied in their own format where there are products with it, and as numbers elsewhere.</summary>
public class MatrixFormatTests
{
    [Theory, InlineData("Q8_0", "Q8_0"), InlineData("Q4_K", "Q4_K"), InlineData("F16", "F16"), InlineData("Q8_K", "F32")]
    public void Matrices_keep_their_format_where_it_has_products(string stored, string multiplied)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var config = LlamaConfig.Create(256, 256, 1, 4, 2, 8, 32);
        var tensor = new Tensor(DType.Float32, new Shape(256, 256));
        for (var i = 0; i < tensor.Count; i++) tensor.Span<float>()[i] = MathF.Sin(i);
        GgufWriter.Write(folder["m.gguf"], [], [new GgufTensorSource("blk.0.attn_q.weight", GgmlType.ByName(stored), tensor.Shape, () => tensor)], pool);
        using var weights = new GgufWeights(new GgufFile(folder["m.gguf"]), config);
        const string Name = "model.layers.0.self_attn.q_proj.weight";
        var matrix = weights.Matrix(Name);
        matrix.Format.Name.ShouldBe(multiplied);
        // rows of queries come in the order of halves in either case
        var expected = weights.Read(Name, DType.Float32).ToArray<float>();
        using var device = new CpuDevice(1);
        using var kernels = device.CreateInferenceKernels();
        Multiply(kernels, matrix).ShouldBe(Enumerable.Range(0, 256).Select(row => expected[row * 256]).ToArray(), 1e-4);
    }

    /// <summary>The first column: the product with (1, 0, 0, …).</summary>
    private static unsafe float[] Multiply(InferenceKernels kernels, BlockMatrix matrix)
    {
        kernels.Prepare(matrix);
        var (x, y) = (new float[256], new float[256]);
        x[0] = 1;
        fixed (float* from = x)
        fixed (float* to = y)
        {
            kernels.Multiply(from, 256, 1, new BlockProduct(matrix, to, 256));
        }
        return y;
    }
}
