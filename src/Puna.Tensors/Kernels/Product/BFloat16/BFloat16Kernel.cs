using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// What a tier with bf16 instructions supplies to <see cref="BFloat16Product"/>: the shape of its tile, how it wants the operands packed, and
/// the product of packed panels.
/// </summary>
internal abstract unsafe class BFloat16Kernel : IPeakLoop
{
    /// <summary>Registers the object under its handle.</summary>
    protected BFloat16Kernel() => Handle = new GCHandle<BFloat16Kernel>(this);

    /// <summary>This object for jobs, which hold no references. Never freed: a kernel is made once and lives as long as the process.</summary>
    public GCHandle<BFloat16Kernel> Handle { get; }

    /// <summary>Rows of A a panel holds.</summary>
    public abstract int PanelRows { get; }

    /// <summary>Columns of B a panel holds.</summary>
    public abstract int PanelColumns { get; }

    /// <summary>Columns of the last panel of B are rounded up to a multiple of this.</summary>
    public abstract int ColumnUnit { get; }

    /// <summary>Pairs of depth are rounded up to a multiple of this.</summary>
    public abstract int PairUnit { get; }

    /// <summary>Packs panels of rows of A for a block of depth.</summary>
    /// <param name="a">A at the first panel's first row and the block's first depth.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="depth">Depth of the block.</param>
    /// <param name="destination">For each panel, one after the other, <see cref="PanelRows"/> · pairs numbers of 32 bits.</param>
    public abstract void PackRows(in BFloat16Operand a, int rows, int depth, uint* destination);

    /// <summary>Packs a panel of columns of B for a block of depth.</summary>
    /// <param name="b">B at the block's first depth and the panel's first column.</param>
    /// <param name="columns">Columns there are, at most <see cref="PanelColumns"/>.</param>
    /// <param name="depth">Depth of the block.</param>
    /// <param name="destination">columns rounded up to <see cref="ColumnUnit"/> · pairs numbers of 32 bits.</param>
    public abstract void PackColumns(in BFloat16Operand b, int columns, int depth, uint* destination);

    /// <summary>c = or += panels of A · one panel of B.</summary>
    /// <param name="a">The first panel of rows; the next ones follow it.</param>
    /// <param name="rows">Rows wanted.</param>
    /// <param name="b">The panel of columns.</param>
    /// <param name="columns">Columns wanted.</param>
    /// <param name="pairs">Pairs of depth.</param>
    /// <param name="c">First element of the result.</param>
    /// <param name="cRow">Elements between rows of the result.</param>
    /// <param name="accumulate">Add to what is there.</param>
    public abstract void Multiply(uint* a, int rows, uint* b, int columns, int pairs, float* c, nint cRow, bool accumulate);

    /// <summary>Whether <see cref="MultiplyRows"/> can be called: A need not be packed where its rows are bf16 and lie one number after the other.</summary>
    public virtual bool ReadsRows => false;

    /// <summary>As <see cref="Multiply"/>, with A as it lies.</summary>
    /// <param name="a">First number of the first row.</param>
    /// <param name="aRow">Numbers between rows.</param>
    /// <param name="rows">Rows wanted.</param>
    /// <param name="b">The panel of columns.</param>
    /// <param name="columns">Columns wanted.</param>
    /// <param name="pairs">Pairs of depth.</param>
    /// <param name="c">First element of the result.</param>
    /// <param name="cRow">Elements between rows of the result.</param>
    /// <param name="accumulate">Add to what is there.</param>
    public virtual void MultiplyRows(ushort* a, nint aRow, int rows, uint* b, int columns, int pairs, float* c, nint cRow, bool accumulate) => throw new NotSupportedException("this tier packs its rows");

    /// <summary>Floating-point operations of <see cref="Spin"/>.</summary>
    public abstract double SpinOperations { get; }

    /// <summary>Computes for about a millisecond with every operand in a register: what the peak is measured with.</summary>
    public abstract void Spin();
}
