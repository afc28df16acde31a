namespace Puna.Tensors;

/// <summary>
/// Work that can be done in pieces in any order: a small struct of pointers and sizes on the caller's stack.
/// A result must not depend on which worker runs which piece; then it does not depend on the number of threads either.
/// </summary>
internal interface IParallelJob
{
    /// <summary>Does piece <paramref name="index"/>. Must not throw and must not use the pool that runs it.</summary>
    /// <param name="index">Number of the piece.</param>
    /// <param name="worker">Number of the thread, 0 for the caller: an index into per-thread scratch.</param>
    void Run(int index, int worker);
}
