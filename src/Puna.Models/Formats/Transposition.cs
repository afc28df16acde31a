using Puna.Tensors;

namespace Puna.Models;

/// <summary>Matrices [rows, columns] to [columns, rows]. In squares, so that neither side is walked through a cache line at a time.</summary>
internal static unsafe class Transposition
{
    private const int Square = 32;

    /// <summary>A copy of a matrix with its sides changed.</summary>
    public static Tensor Of(Tensor matrix)
    {
        var transposed = new Tensor(matrix.DType, new Shape(matrix.Shape[1], matrix.Shape[0]));
        Copy(matrix, transposed);
        return transposed;
    }

    /// <summary>Writes the transpose of [rows, columns] into [columns, rows]; Float32 or Float64.</summary>
    public static void Copy(Tensor source, Tensor destination)
    {
        if (source.DType == DType.Float64) Copy(source.Pointer<double>(), destination.Pointer<double>(), source.Shape[0], source.Shape[1]);
        else Copy(source.Pointer<float>(), destination.Pointer<float>(), source.Shape[0], source.Shape[1]);
        GC.KeepAlive(source);
    }

    private static void Copy<T>(T* source, T* destination, long rows, long columns) where T : unmanaged
    {
        for (long r0 = 0; r0 < rows; r0 += Square)
            for (long c0 = 0; c0 < columns; c0 += Square)
                for (var r = r0; r < Math.Min(rows, r0 + Square); r++)
                    for (var c = c0; c < Math.Min(columns, c0 + Square); c++) destination[(c * rows) + r] = source[(r * columns) + c];
    }
}
