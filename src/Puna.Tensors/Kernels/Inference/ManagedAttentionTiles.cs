using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Products with vectors that C# has: four rows and two registers at once, or one row and four, so that an addition need not wait for the one before it.</summary>
internal sealed unsafe class ManagedAttentionTiles<V, N> : AttentionTiles
    where V : unmanaged, ILanes<V, float>
    where N : struct, ICacheNumbers<V>
{
    /// <inheritdoc/>
    public override void Multiply(int rows, int sides, AttentionTileArguments* arguments)
    {
        var count = (nint)(arguments->AEnd - arguments->A);
        var cRow = arguments->CRowBytes / sizeof(float);
        var registers = sides * (CacheLayout.Side / V.Count);
        for (var row = 0; row < rows; row += 4)
        {
            float* a = arguments->A + (row * RowNumbers), c = arguments->C + (row * cRow);
            if (rows - row == 1)
            {
                for (var i = 0; i < registers; i += 4) One(arguments, a, count, i, registers - 1, c);
            }
            else
            {
                for (var i = 0; i < registers; i += 2) Four(arguments, a, count, i, c, cRow);
            }
        }
    }

    /// <summary>Bytes to a register of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Offset(AttentionTileArguments* arguments, int register) =>
        (register * V.Count / CacheLayout.Side * arguments->SideBytes) + (register * V.Count % CacheLayout.Side * N.Bytes);

    private static void Four(AttentionTileArguments* arguments, float* a, nint count, int register, float* c, nint cRow)
    {
        var b = arguments->B + Offset(arguments, register);
        var step = arguments->StepBytes;
        c += register * V.Count;
        V a0 = V.Create(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        if (arguments->Adds != 0)
        {
            (a0, a1, a2, a3) = (V.Load(c), V.Load(c + cRow), V.Load(c + (2 * cRow)), V.Load(c + (3 * cRow)));
            (b0, b1, b2, b3) = (V.Load(c + V.Count), V.Load(c + cRow + V.Count), V.Load(c + (2 * cRow) + V.Count), V.Load(c + (3 * cRow) + V.Count));
        }
        for (var i = 0; i < count; i++, b += step)
        {
            var (x, y) = (N.Load(b), N.Load(b + (V.Count * N.Bytes)));
            var f = V.Create(a[i]);
            a0 = V.MultiplyAdd(x, f, a0);
            b0 = V.MultiplyAdd(y, f, b0);
            f = V.Create(a[i + RowNumbers]);
            a1 = V.MultiplyAdd(x, f, a1);
            b1 = V.MultiplyAdd(y, f, b1);
            f = V.Create(a[i + (2 * RowNumbers)]);
            a2 = V.MultiplyAdd(x, f, a2);
            b2 = V.MultiplyAdd(y, f, b2);
            f = V.Create(a[i + (3 * RowNumbers)]);
            a3 = V.MultiplyAdd(x, f, a3);
            b3 = V.MultiplyAdd(y, f, b3);
        }
        V.Store(a0, c);
        V.Store(a1, c + cRow);
        V.Store(a2, c + (2 * cRow));
        V.Store(a3, c + (3 * cRow));
        c += V.Count;
        V.Store(b0, c);
        V.Store(b1, c + cRow);
        V.Store(b2, c + (2 * cRow));
        V.Store(b3, c + (3 * cRow));
    }

    /// <summary>Where fewer than four registers are left, the last is computed several times.</summary>
    private static void One(AttentionTileArguments* arguments, float* a, nint count, int register, int last, float* c)
    {
        var (r1, r2, r3) = (Math.Min(register + 1, last), Math.Min(register + 2, last), Math.Min(register + 3, last));
        var b = arguments->B + Offset(arguments, register);
        var step = arguments->StepBytes;
        nint o0 = Offset(arguments, register), o1 = Offset(arguments, r1) - o0, o2 = Offset(arguments, r2) - o0, o3 = Offset(arguments, r3) - o0;
        float* c0 = c + (register * V.Count), c1 = c + (r1 * V.Count), c2 = c + (r2 * V.Count), c3 = c + (r3 * V.Count);
        V a0 = V.Create(0), a1 = a0, a2 = a0, a3 = a0;
        if (arguments->Adds != 0) (a0, a1, a2, a3) = (V.Load(c0), V.Load(c1), V.Load(c2), V.Load(c3));
        for (var i = 0; i < count; i++, b += step)
        {
            var f = V.Create(a[i]);
            a0 = V.MultiplyAdd(N.Load(b), f, a0);
            a1 = V.MultiplyAdd(N.Load(b + o1), f, a1);
            a2 = V.MultiplyAdd(N.Load(b + o2), f, a2);
            a3 = V.MultiplyAdd(N.Load(b + o3), f, a3);
        }
        V.Store(a0, c0);
        V.Store(a1, c1);
        V.Store(a2, c2);
        V.Store(a3, c3);
    }
}
