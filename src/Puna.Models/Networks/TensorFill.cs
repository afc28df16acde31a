using Puna.Tensors;

namespace Puna.Models;

/// <summary>Filling a tensor of floats or doubles from a function.</summary>
internal static class TensorFill
{
    public static unsafe void Fill(this Tensor tensor, Func<double> next)
    {
        for (long i = 0; i < tensor.Count; i++)
        {
            if (tensor.DType == DType.Float64) tensor.Pointer<double>()[i] = next();
            else tensor.Pointer<float>()[i] = (float)next();
        }
    }
}
