using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// A piece of work with managed state that a <see cref="WorkerPool"/> shares out: the object is made once and used for every call, so that a call allocates
/// nothing. Its fields are set before <see cref="Share"/>.
/// </summary>
internal abstract class ParallelWork : IDisposable
{
    private GCHandle _self;

    protected ParallelWork() => _self = GCHandle.Alloc(this);

    /// <summary>Does one piece.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="worker">The thread's number.</param>
    protected abstract void Piece(int index, int worker);

    /// <summary>Does pieces 0 to <paramref name="count"/> − 1 on the threads of a pool.</summary>
    public void Share(WorkerPool pool, int count) => pool.For(count, new Job(GCHandle.ToIntPtr(_self)));

    /// <summary>Lets go of the object.</summary>
    public void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
    }

    private readonly struct Job(nint work) : IParallelJob
    {
        public void Run(int index, int worker) => ((ParallelWork)GCHandle.FromIntPtr(work).Target!).Piece(index, worker);
    }
}
