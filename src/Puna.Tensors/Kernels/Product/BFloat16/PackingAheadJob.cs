using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>Packs right operands that several products will read.</summary>
internal readonly unsafe struct PackingAheadJob(GCHandle<BFloat16Kernel> handle, PackingTask* tasks, int count) : IParallelJob
{
    public void Run(int index, int worker)
    {
        var task = tasks + count - 1;
        while (index < task->FirstPiece) task--;
        Panel(handle.Target, task->B, task->N, task->K, (index - task->FirstPiece) * handle.Target.PanelColumns, task->To);
    }

    /// <summary>Packs the panel of columns that begins with this one.</summary>
    public static void Panel(BFloat16Kernel kernel, in BFloat16Operand b, int n, int k, int first, in PackedMatrix to)
    {
        var wanted = Math.Min(kernel.PanelColumns, n - first);
        for (var pair = 0; pair < to.Pairs; pair += BFloat16Product.BlockPairs)
        {
            var block = Math.Min(BFloat16Product.BlockPairs, to.Pairs - pair);
            kernel.PackColumns(b.At(2 * pair, first), wanted, Math.Min(2 * block, k - (2 * pair)), to.Panel(pair, block, first));
        }
    }
}
