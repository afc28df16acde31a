namespace Puna.Tensors;

/// <summary>A kernel that can compute without touching memory: what a peak is measured with.</summary>
internal interface IPeakLoop
{
    /// <summary>Operations of one <see cref="Spin"/>; a multiply-add counts as two.</summary>
    double SpinOperations { get; }

    /// <summary>Computes for about a millisecond with every operand in a register.</summary>
    void Spin();
}
