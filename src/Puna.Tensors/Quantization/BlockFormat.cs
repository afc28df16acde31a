namespace Puna.Tensors;

/// <summary>A format of rows as an object: what a file names is found here. The formats themselves are <see cref="IBlockFormat"/>s, a family a file.</summary>
public abstract class BlockFormat
{
    /// <summary>Every format of this build.</summary>
    public static IReadOnlyList<BlockFormat> All { get; } =
    [
        new SingleFormat(), new HalfFormat(), new BrainFormat(),
        new WritableFormat<Q4_0>(), new WritableFormat<Q4_1>(), new WritableFormat<Q5_0>(), new WritableFormat<Q5_1>(), new WritableFormat<Q8_0>(),
        new WritableFormat<Q2_K>(), new WritableFormat<Q3_K>(), new WritableFormat<Q4_K>(), new WritableFormat<Q5_K>(), new WritableFormat<Q6_K>(), new WritableFormat<Q8_K>(),
        new ReadableFormat<IQ4_NL>(), new ReadableFormat<IQ4_XS>(),
    ];

    /// <summary>The name in files: F32, Q4_0, Q4_K, …</summary>
    public abstract string Name { get; }

    /// <summary>Neighbours along a row that share a block; 1 for plain numbers.</summary>
    public abstract int ElementsPerBlock { get; }

    /// <summary>Bytes of a block.</summary>
    public abstract int BytesPerBlock { get; }

    /// <summary>Whether rows can be written in it.</summary>
    public abstract bool CanQuantize { get; }

    /// <summary>The format of a name.</summary>
    /// <exception cref="InvalidDataException">There is none; the sentence lists those there are.</exception>
    public static BlockFormat ByName(string name) => All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidDataException($"there is no number format '{name}'; this build has {string.Join(", ", All.Select(format => format.Name))}");

    /// <summary>Bytes of a row.</summary>
    /// <exception cref="ArgumentException">The row is no whole number of blocks.</exception>
    public long RowBytes(long columns) => columns % ElementsPerBlock == 0
        ? checked(columns / ElementsPerBlock * BytesPerBlock)
        : throw new ArgumentException($"a row of {columns} is no whole number of {Name} blocks of {ElementsPerBlock}");

    /// <summary>A row, or several whole rows, to numbers.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public void Dequantize(ReadOnlySpan<byte> row, Span<float> values)
    {
        if (RowBytes(values.Length) != row.Length) throw new ArgumentException($"{values.Length} values of {Name} are {RowBytes(values.Length)} bytes, not {row.Length}");
        Unpack(row, values);
    }

    /// <summary>A row of finite numbers to blocks.</summary>
    /// <param name="values">The row.</param>
    /// <param name="row">Receives <see cref="RowBytes"/> bytes.</param>
    /// <param name="importance">As long as the row, ≥ 0: how much the square of each column's error counts; empty where nothing is known.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    /// <exception cref="NotSupportedException">The format is only read.</exception>
    public void Quantize(ReadOnlySpan<float> values, Span<byte> row, ReadOnlySpan<float> importance = default)
    {
        if (RowBytes(values.Length) != row.Length) throw new ArgumentException($"{values.Length} values of {Name} are {RowBytes(values.Length)} bytes, not {row.Length}");
        if (importance.Length != 0 && importance.Length != values.Length) throw new ArgumentException($"{importance.Length} importances for a row of {values.Length}");
        Pack(values, importance, row);
    }

    /// <summary>Rows of a matrix to blocks, on all threads of a pool; the bytes do not depend on their number.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="matrix">Float32 [rows, columns] or a vector; finite numbers.</param>
    /// <param name="destination">Receives rows · <see cref="RowBytes"/> bytes.</param>
    /// <param name="importance">One number a column, ≥ 0, or empty.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    /// <exception cref="NotSupportedException">The format is only read.</exception>
    public unsafe void Quantize(WorkerPool pool, Tensor matrix, Span<byte> destination, ReadOnlySpan<float> importance = default)
    {
        var (rows, columns) = (matrix.Shape.Rows, matrix.Shape.Columns);
        if (!CanQuantize) throw new NotSupportedException($"{Name} is only read, not written");
        if (checked(rows * RowBytes(columns)) != destination.Length) throw new ArgumentException($"{matrix.Shape} in {Name} is {rows * RowBytes(columns)} bytes, not {destination.Length}");
        if (importance.Length != 0 && importance.Length != columns) throw new ArgumentException($"{importance.Length} importances for rows of {columns}");
        fixed (byte* bytes = destination)
        fixed (float* weights = importance)
        {
            Pack(pool, new RowMemory(matrix.Pointer<float>(), weights, bytes, (int)columns, (int)RowBytes(columns)), checked((int)rows));
        }
        GC.KeepAlive(matrix);
    }

    private protected abstract void Unpack(ReadOnlySpan<byte> row, Span<float> values);

    private protected virtual void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row) => throw new NotSupportedException($"{Name} is only read, not written");

    private protected virtual unsafe void Pack(WorkerPool pool, RowMemory memory, int rows)
    {
        for (var i = 0; i < rows; i++) Pack(memory.Values(i), memory.Importance, memory.Row(i));
    }

    /// <summary>Where rows lie, for jobs.</summary>
    private protected readonly unsafe struct RowMemory(float* values, float* importance, byte* rows, int columns, int rowBytes)
    {
        public ReadOnlySpan<float> Importance => importance is null ? default : new(importance, columns);

        public ReadOnlySpan<float> Values(int row) => new(values + ((long)row * columns), columns);

        public Span<byte> Row(int row) => new(rows + ((long)row * rowBytes), rowBytes);
    }

    private class ReadableFormat<T> : BlockFormat
        where T : IBlockFormat
    {
        public override string Name => T.Name;

        public override int ElementsPerBlock => T.ElementsPerBlock;

        public override int BytesPerBlock => T.BytesPerBlock;

        public override bool CanQuantize => false;

        private protected override void Unpack(ReadOnlySpan<byte> row, Span<float> values)
        {
            for (; !row.IsEmpty; row = row[T.BytesPerBlock..], values = values[T.ElementsPerBlock..]) T.Dequantize(row[..T.BytesPerBlock], values[..T.ElementsPerBlock]);
        }
    }

    private sealed class WritableFormat<T> : ReadableFormat<T>
        where T : IBlockQuantizer
    {
        public override bool CanQuantize => true;

        private protected override void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row) => PackRow(values, importance, row);

        private protected override void Pack(WorkerPool pool, RowMemory memory, int rows) => pool.For(rows, new RowJob(memory));

        private static void PackRow(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> row)
        {
            for (var (at, to) = (0, 0); at < values.Length; at += T.ElementsPerBlock, to += T.BytesPerBlock)
                T.Quantize(values.Slice(at, T.ElementsPerBlock), importance.IsEmpty ? default : importance.Slice(at, T.ElementsPerBlock), row.Slice(to, T.BytesPerBlock));
        }

        private readonly struct RowJob(RowMemory memory) : IParallelJob
        {
            public void Run(int index, int worker) => PackRow(memory.Values(index), memory.Importance, memory.Row(index));
        }
    }
}
