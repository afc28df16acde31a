using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>Packs the operands of several products.</summary>
internal readonly unsafe struct PackingJob(GCHandle<BFloat16Kernel> handle, ProductPlan* plans, int count, int shares) : IParallelJob
{
    public void Run(int index, int worker)
    {
        for (var share = 0; share < shares; share++)
        {
            for (var plan = plans; plan < plans + count; plan++)
            {
                if (ProductPlan.Take(ref index, plan->RowPacks, share, shares) is >= 0 and var rows)
                {
                    Rows(handle.Target, plan, rows * plan->PackRows);
                    return;
                }
                if (ProductPlan.Take(ref index, plan->ColumnPacks, share, shares) is >= 0 and var columns)
                {
                    Columns(handle.Target, plan, columns * handle.Target.PanelColumns);
                    return;
                }
            }
        }
    }

    private static void Rows(BFloat16Kernel kernel, ProductPlan* plan, int first)
    {
        ref readonly var a = ref plan->Task.A;
        var wanted = Math.Min(plan->PackRows, plan->Task.M - first);
        for (var pair = 0; pair < plan->A.Pairs; pair += BFloat16Product.BlockPairs)
        {
            var block = Math.Min(BFloat16Product.BlockPairs, plan->A.Pairs - pair);
            kernel.PackRows(a.At(first, 2 * pair), wanted, Math.Min(2 * block, plan->Task.K - (2 * pair)), plan->A.Panel(pair, block, first));
        }
    }

    private static void Columns(BFloat16Kernel kernel, ProductPlan* plan, int first) => PackingAheadJob.Panel(kernel, plan->Task.B, plan->Task.N, plan->Task.K, first, plan->B);
}
