namespace Puna.Tensors;

/// <summary>
/// What an engine that answers needs of a device, beside what training uses: products with weights in the number formats of files, and the few operations between
/// them on rows of activations in native memory. Rows are padded to multiples of 16 numbers. Nothing is allocated once everything has been used.
/// One call at a time.
/// </summary>
public abstract unsafe class InferenceKernels : IDisposable
{
    /// <summary>Threads.</summary>
    public abstract int ThreadCount { get; }

    /// <summary>Bytes of scratch memory.</summary>
    public abstract long ScratchBytes { get; }

    /// <summary>A width rounded up to what rows of activations are padded to.</summary>
    public static int Padded(int width) => (width + 15) / 16 * 16;

    /// <summary>Numbers between rows of activations: a width rounded up to an odd number of lines of 64 bytes, so that the same columns of many rows spread over the sets of a cache.</summary>
    public static int RowStride(int width) => ((Padded(width) / 16) | 1) * 16;

    /// <summary>Prepares a matrix for products.</summary>
    /// <exception cref="NotSupportedException">There are no products with its format.</exception>
    public abstract void Prepare(BlockMatrix matrix);

    /// <summary>
    /// Copies matrices with 16 rows side by side, which products read faster, into one piece of memory: a large one lies on huge pages, and reading through it
    /// needs a quarter less time than through many small ones.
    /// </summary>
    /// <param name="matrices">None copied before.</param>
    /// <param name="copied">Called after each matrix, whose own bytes may then leave memory.</param>
    /// <returns>The memory, to be disposed of after the last product.</returns>
    /// <exception cref="InsufficientMemoryException">There is no memory for the copy.</exception>
    public abstract NativeBuffer Repack(IReadOnlyList<BlockMatrix> matrices, Action<BlockMatrix>? copied = null);

    /// <summary>y = x·Wᵀ for up to three matrices that share x.</summary>
    /// <param name="x">[tokens, stride].</param>
    /// <param name="stride">Numbers between tokens of x.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="products">The matrices, prepared, and their results.</param>
    public abstract void Multiply(float* x, long stride, int tokens, params ReadOnlySpan<BlockProduct> products);

    /// <summary>Rows of an embedding table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="ids">Rows wanted.</param>
    /// <param name="y">[ids, stride].</param>
    /// <param name="stride">Numbers between rows of y.</param>
    public abstract void Embed(BlockMatrix table, ReadOnlySpan<int> ids, float* y, long stride);

    /// <summary>y = x / √(mean x² + ε) · weight for each row; where a branch is given, x += branch first.</summary>
    /// <param name="x">[tokens, stride].</param>
    /// <param name="branch">[tokens, stride], or null.</param>
    /// <param name="weight">[columns].</param>
    /// <param name="y">[tokens, stride].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="stride">Numbers between tokens.</param>
    /// <param name="epsilon">ε.</param>
    public abstract void AddRmsNorm(float* x, float* branch, float* weight, float* y, int tokens, int columns, long stride, float epsilon);

    /// <summary>gate = silu(gate)·up.</summary>
    public abstract void SwiGlu(float* gate, float* up, int tokens, int columns, long stride);

    /// <summary>
    /// Turns queries and keys by their positions, puts keys and values into the cache, and attends: each query to the keys of its sequence up to its own position.
    /// </summary>
    public abstract void Attend(in AttentionStep step);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives memory back.</summary>
    protected abstract void Dispose(bool disposing);
}
