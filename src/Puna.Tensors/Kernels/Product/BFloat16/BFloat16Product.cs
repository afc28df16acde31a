using System.Diagnostics;

namespace Puna.Tensors;

/// <summary>
/// C = A·B or C += A·B with both operands rounded to bf16 and sums in single precision, on a tier that has instructions for it. Products that do
/// not need each other are computed together: first all operands are packed, then all results are computed, in blocks that one
/// thread takes from the first depth to the last, so that their bits do not depend on the threads.
/// </summary>
internal sealed unsafe class BFloat16Product(BFloat16Kernel kernel, WorkerPool pool)
{
    /// <summary>Pairs of a block of depth: a panel of columns of it stays near the first-level cache.</summary>
    public const int BlockPairs = 256;

    /// <summary>Rows and columns of a piece of work: its rows of A and its part of C stay in the second-level cache.</summary>
    private const int PieceRows = 128;
    private const int PieceColumns = 384;

    /// <summary>Rows of A packed as one piece: as many as lie in a few cache lines where A is read down its columns.</summary>
    private const int PackedRows = 64;

    /// <summary>The instructions.</summary>
    public BFloat16Kernel Kernel => kernel;

    /// <summary>Seconds that the latest call spent on packing.</summary>
    public double LastPackingSeconds { get; private set; }

    /// <summary>Bytes of a packed A of this size.</summary>
    public long RowsBytes(int m, int k) => Aligned((long)Padded(m, kernel.PanelRows) * PairsOf(k) * sizeof(uint));

    /// <summary>Bytes of a packed B of this size, up to where the next one can begin.</summary>
    public long ColumnsBytes(int n, int k) => Aligned((long)Padded(n, kernel.ColumnUnit) * PairsOf(k) * sizeof(uint));

    /// <summary>A packed B of this size in this memory.</summary>
    public PackedMatrix ColumnsAt(void* memory, int n, int k) => new((uint*)memory, Padded(n, kernel.ColumnUnit), PairsOf(k));

    /// <summary>Packs operands ahead of the products that read them.</summary>
    public void Pack(Span<PackingTask> tasks)
    {
        var pieces = 0;
        foreach (ref var task in tasks)
        {
            task.FirstPiece = pieces;
            pieces += Count(task.N, kernel.PanelColumns);
        }
        fixed (PackingTask* all = tasks) pool.For(pieces, new PackingAheadJob(kernel.Handle, all, tasks.Length));
    }

    /// <summary>Whether A is read as it lies. An odd depth is packed: its last pair would reach beyond the row.</summary>
    private bool ReadsRows(in ProductTask task) => kernel.ReadsRows && task.A.IsRounded && task.A.ColumnStride == 1 && task.K % 2 == 0;

    /// <summary>
    /// Packs and multiplies. No task may need the result of another, but a task may add to the result of the one before it. An operand that
    /// several tasks read is packed once.
    /// </summary>
    public void Run(Scratch scratch, params ReadOnlySpan<ProductTask> tasks)
    {
        var plans = stackalloc ProductPlan[tasks.Length];
        var (count, bytes, packs, pieces) = (0, 0L, 0, 0);
        foreach (ref readonly var task in tasks)
        {
            if (task.M == 0 || task.N == 0) continue;
            if (task.K == 0)
            {
                for (var i = 0; i < task.M && !task.Accumulate; i++) new Span<float>(task.C + (i * task.CRow), task.N).Clear();
                continue;
            }
            ref var plan = ref plans[count];
            plan = PlanOf(task, plans, count, ref packs, ref pieces);
            if (plan.PacksA) bytes += RowsBytes(task.M, task.K);
            if (plan.ColumnPacks > 0) bytes += ColumnsBytes(task.N, task.K);
            count++;
        }
        if (count == 0) return;
        var memory = (byte*)scratch.Shared(bytes);
        for (var i = 0; i < count; i++)
        {
            ref readonly var task = ref plans[i].Task;
            if (plans[i].SameA is >= 0 and var a) plans[i].A = plans[a].A;
            else plans[i].A = new PackedMatrix(plans[i].PacksA ? Take(ref memory, RowsBytes(task.M, task.K)) : null, Padded(task.M, kernel.PanelRows), PairsOf(task.K));
            if (task.PackedB.Data is not null) plans[i].B = task.PackedB;
            else if (plans[i].SameB is >= 0 and var b) plans[i].B = plans[b].B;
            else plans[i].B = ColumnsAt(Take(ref memory, ColumnsBytes(task.N, task.K)), task.N, task.K);
        }
        var start = Stopwatch.GetTimestamp();
        pool.For(packs, new PackingJob(kernel.Handle, plans, count, pool.ThreadCount));
        LastPackingSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        pool.For(pieces, new TileJob(kernel.Handle, plans, count, pool.ThreadCount));
    }

    private ProductPlan PlanOf(in ProductTask task, ProductPlan* before, int count, ref int packs, ref int pieces)
    {
        var (sameA, sameB) = (-1, -1);
        for (var i = 0; i < count; i++)
        {
            if (before[i].Task.M == task.M && before[i].Task.K == task.K && before[i].Task.A.IsSame(task.A)) sameA = i;
            if (before[i].Task.N == task.N && before[i].Task.K == task.K && before[i].Task.B.IsSame(task.B)) sameB = i;
        }
        var rows = Math.Min(PieceRows, Padded(task.M, kernel.PanelRows));
        var columns = Math.Min(PieceColumns / kernel.PanelColumns * kernel.PanelColumns, Padded(task.N, kernel.PanelColumns));
        // several pieces per thread where the matrix allows it, so that a slow one does not hold all up
        while (Count(task.M, rows) * Count(task.N, columns) < 4 * pool.ThreadCount && (rows > kernel.PanelRows || columns > kernel.PanelColumns))
        {
            if (columns <= kernel.PanelColumns || (rows >= columns && rows > kernel.PanelRows)) rows = Padded(rows / 2, kernel.PanelRows);
            else columns = Padded(columns / 2, kernel.PanelColumns);
        }
        var packRows = Math.Max(PackedRows, kernel.PanelRows);
        var packsA = sameA < 0 && !ReadsRows(task);
        var plan = new ProductPlan
        {
            Task = task,
            SameA = sameA,
            SameB = sameB,
            PacksA = packsA,
            PackRows = packRows,
            RowPacks = packsA ? Count(task.M, packRows) : 0,
            ColumnPacks = sameB >= 0 || task.PackedB.Data is not null ? 0 : Count(task.N, kernel.PanelColumns),
            Rows = rows,
            Columns = columns,
            Across = Count(task.N, columns),
            Continues = count > 0 && task.Accumulate && before[count - 1].Task.C == task.C,
        };
        plan.Pieces = plan.Continues ? 0 : Count(task.M, rows) * plan.Across;
        packs += plan.RowPacks + plan.ColumnPacks;
        pieces += plan.Pieces;
        return plan;
    }

    private int PairsOf(int k) => Padded((k + 1) / 2, kernel.PairUnit);

    private static int Padded(int count, int unit) => Count(count, unit) * unit;

    private static int Count(int count, int unit) => (count + unit - 1) / unit;

    private static uint* Take(ref byte* memory, long bytes)
    {
        var taken = (uint*)memory;
        memory += bytes;
        return taken;
    }

    private static long Aligned(long bytes) => (bytes + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;
}
