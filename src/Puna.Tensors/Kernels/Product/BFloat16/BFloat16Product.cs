using System.Diagnostics;
using System.Runtime.InteropServices;

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
    public long RowsBytes(int m, int k) => (long)Padded(m, kernel.PanelRows) * PairsOf(k) * sizeof(uint);

    /// <summary>Bytes of a packed B of this size.</summary>
    public long ColumnsBytes(int n, int k) => (long)Padded(n, kernel.ColumnUnit) * PairsOf(k) * sizeof(uint);

    /// <summary>Bytes of scratch that a product of this size takes.</summary>
    public long ScratchBytes(int m, int n, int k) => Aligned(RowsBytes(m, k)) + Aligned(ColumnsBytes(n, k));

    /// <summary>
    /// Packs and multiplies. No task may need the result of another, but a task may add to the result of the one before it. An operand that
    /// several tasks read is packed once.
    /// </summary>
    public void Run(Scratch scratch, params ReadOnlySpan<ProductTask> tasks)
    {
        var plans = stackalloc Plan[tasks.Length];
        var (count, bytes, packs, pieces) = (0, 0L, 0, 0);
        foreach (ref readonly var task in tasks)
        {
            if (task.M == 0 || task.N == 0) continue;
            if (task.K == 0)
            {
                for (var i = 0; i < task.M && !task.Accumulate; i++) new Span<float>(task.C + (i * task.CRow), task.N).Clear();
                continue;
            }
            plans[count] = PlanOf(task, plans, count, ref packs, ref pieces);
            bytes += ScratchBytes(task.M, task.N, task.K);
            count++;
        }
        if (count == 0) return;
        var memory = (byte*)scratch.Shared(bytes);
        for (var i = 0; i < count; i++)
        {
            ref readonly var task = ref plans[i].Task;
            plans[i].A = plans[i].SameA is >= 0 and var a ? plans[a].A : new PackedMatrix(Take(ref memory, RowsBytes(task.M, task.K)), Padded(task.M, kernel.PanelRows), PairsOf(task.K));
            plans[i].B = plans[i].SameB is >= 0 and var b ? plans[b].B : new PackedMatrix(Take(ref memory, ColumnsBytes(task.N, task.K)), Padded(task.N, kernel.ColumnUnit), PairsOf(task.K));
        }
        var start = Stopwatch.GetTimestamp();
        pool.For(packs, new PackJob(kernel.Handle, plans));
        LastPackingSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        pool.For(pieces, new TileJob(kernel.Handle, plans, count));
    }

    private Plan PlanOf(in ProductTask task, Plan* before, int count, ref int packs, ref int pieces)
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
        var plan = new Plan
        {
            Task = task,
            SameA = sameA,
            SameB = sameB,
            PackRows = packRows,
            RowPacks = sameA >= 0 ? 0 : Count(task.M, packRows),
            FirstPack = packs,
            FirstPiece = pieces,
            Rows = rows,
            Columns = columns,
            Across = Count(task.N, columns),
            Continues = count > 0 && task.Accumulate && before[count - 1].Task.C == task.C,
        };
        packs += plan.RowPacks + (sameB >= 0 ? 0 : Count(task.N, kernel.PanelColumns));
        if (!plan.Continues) pieces += Count(task.M, rows) * plan.Across;
        plan.EndPack = packs;
        plan.EndPiece = pieces;
        return plan;
    }

    private int PairsOf(int k) => Padded((k + 1) / 2, kernel.PairUnit);

    private static int Padded(int count, int unit) => Count(count, unit) * unit;

    private static int Count(int count, int unit) => (count + unit - 1) / unit;

    private static uint* Take(ref byte* memory, long bytes)
    {
        var taken = (uint*)memory;
        memory += Aligned(bytes);
        return taken;
    }

    private static long Aligned(long bytes) => (bytes + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;

    /// <summary>A product with its packed operands and its shares of the pieces.</summary>
    private struct Plan
    {
        public ProductTask Task;
        public PackedMatrix A, B;
        public int SameA, SameB, PackRows, RowPacks, FirstPack, EndPack;
        public int FirstPiece, EndPiece, Rows, Columns, Across;
        public bool Continues;
    }

    private readonly struct PackJob(GCHandle<BFloat16Kernel> handle, Plan* plans) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var plan = plans;
            while (index >= plan->EndPack) plan++;
            index -= plan->FirstPack;
            if (index < plan->RowPacks) Rows(handle.Target, plan, index * plan->PackRows);
            else Columns(handle.Target, plan, (index - plan->RowPacks) * handle.Target.PanelColumns);
        }

        private static void Rows(BFloat16Kernel kernel, Plan* plan, int first)
        {
            ref readonly var a = ref plan->Task.A;
            var wanted = Math.Min(plan->PackRows, plan->Task.M - first);
            for (var pair = 0; pair < plan->A.Pairs; pair += BlockPairs)
            {
                var block = Math.Min(BlockPairs, plan->A.Pairs - pair);
                kernel.PackRows(a.At(first, 2 * pair), wanted, Math.Min(2 * block, plan->Task.K - (2 * pair)), plan->A.Panel(pair, block, first));
            }
        }

        private static void Columns(BFloat16Kernel kernel, Plan* plan, int first)
        {
            ref readonly var b = ref plan->Task.B;
            var wanted = Math.Min(kernel.PanelColumns, plan->Task.N - first);
            for (var pair = 0; pair < plan->B.Pairs; pair += BlockPairs)
            {
                var block = Math.Min(BlockPairs, plan->B.Pairs - pair);
                kernel.PackColumns(b.At(2 * pair, first), wanted, Math.Min(2 * block, plan->Task.K - (2 * pair)), plan->B.Panel(pair, block, first));
            }
        }
    }

    private readonly struct TileJob(GCHandle<BFloat16Kernel> handle, Plan* plans, int count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var plan = plans;
            while (index >= plan->EndPiece) plan++;
            var kernel = handle.Target;
            ref readonly var task = ref plan->Task;
            var (down, right) = Math.DivRem(index - plan->FirstPiece, plan->Across);
            var (row, column) = (down * plan->Rows, right * plan->Columns);
            var height = Math.Min(plan->Rows, task.M - row);
            var last = Math.Min(task.N, column + plan->Columns);
            Block(kernel, plan, row, height, column, last, task.Accumulate);
            while (++plan < plans + count && plan->Continues) Block(kernel, plan, row, height, column, last, true);
        }

        private static void Block(BFloat16Kernel kernel, Plan* plan, int row, int height, int column, int last, bool accumulate)
        {
            ref readonly var task = ref plan->Task;
            for (var pair = 0; pair < plan->A.Pairs; pair += BlockPairs)
            {
                var block = Math.Min(BlockPairs, plan->A.Pairs - pair);
                for (var j = column; j < last; j += kernel.PanelColumns)
                    kernel.Multiply(plan->A.Panel(pair, block, row), height, plan->B.Panel(pair, block, j), Math.Min(kernel.PanelColumns, last - j), block, task.C + (row * task.CRow) + j, task.CRow, accumulate || pair > 0);
            }
        }
    }
}
