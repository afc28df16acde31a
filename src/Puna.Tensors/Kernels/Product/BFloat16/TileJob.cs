using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>Multiplies the packed operands of several products, a piece of a result at a time.</summary>
internal readonly unsafe struct TileJob(GCHandle<BFloat16Kernel> handle, ProductPlan* plans, int count, int shares) : IParallelJob
{
    public void Run(int index, int worker)
    {
        for (var share = 0; share < shares; share++)
        {
            for (var plan = plans; plan < plans + count; plan++)
            {
                if (ProductPlan.Take(ref index, plan->Pieces, share, shares) is not (>= 0 and var piece)) continue;
                Piece(plan, piece);
                return;
            }
        }
    }

    private void Piece(ProductPlan* plan, int piece)
    {
        var kernel = handle.Target;
        ref readonly var task = ref plan->Task;
        var (down, right) = Math.DivRem(piece, plan->Across);
        var (row, column) = (down * plan->Rows, right * plan->Columns);
        var height = Math.Min(plan->Rows, task.M - row);
        var last = Math.Min(task.N, column + plan->Columns);
        Block(kernel, plan, row, height, column, last, task.Accumulate);
        while (++plan < plans + count && plan->Continues) Block(kernel, plan, row, height, column, last, true);
    }

    private static void Block(BFloat16Kernel kernel, ProductPlan* plan, int row, int height, int column, int last, bool accumulate)
    {
        ref readonly var task = ref plan->Task;
        for (var pair = 0; pair < plan->A.Pairs; pair += BFloat16Product.BlockPairs)
        {
            var block = Math.Min(BFloat16Product.BlockPairs, plan->A.Pairs - pair);
            for (var j = column; j < last; j += kernel.PanelColumns)
            {
                var (b, wanted, c, add) = ((nint)plan->B.Panel(pair, block, j), Math.Min(kernel.PanelColumns, last - j), (nint)(task.C + (row * task.CRow) + j), accumulate || pair > 0);
                if (plan->A.Data is null) kernel.MultiplyRows((ushort*)task.A.At(row, 2 * pair).Data, task.A.RowStride, height, (uint*)b, wanted, block, (float*)c, task.CRow, add);
                else kernel.Multiply(plan->A.Panel(pair, block, row), height, (uint*)b, wanted, block, (float*)c, task.CRow, add);
            }
        }
    }
}
