using System.Runtime.InteropServices;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>Numbers of one type to another, element by element. Widening is exact; narrowing rounds to nearest, ties to even.</summary>
internal static unsafe class TensorConversion
{
    /// <summary>Converts little-endian data of a safetensors type into a tensor; false where there is no such conversion.</summary>
    public static bool TryConvert(string type, byte* source, Tensor destination)
    {
        var count = destination.Count;
        switch (type, destination.DType)
        {
            case ("F32", DType.Float32) or ("F64", DType.Float64) or ("BF16", DType.BFloat16) or ("F16", DType.Float16) or ("I64", DType.Int64) or ("I32", DType.Int32):
                NativeMemory.Copy(source, destination.Data, (nuint)destination.Bytes);
                return true;
            case ("BF16", DType.Float32):
                for (long i = 0; i < count; i++) destination.Pointer<uint>()[i] = (uint)((ushort*)source)[i] << 16;
                return true;
            case ("F16", DType.Float32):
                for (long i = 0; i < count; i++) destination.Pointer<float>()[i] = (float)((Half*)source)[i];
                return true;
            case ("F64", DType.Float32):
                for (long i = 0; i < count; i++) destination.Pointer<float>()[i] = (float)((double*)source)[i];
                return true;
            case ("F32", DType.Float64):
                for (long i = 0; i < count; i++) destination.Pointer<double>()[i] = ((float*)source)[i];
                return true;
            case ("BF16", DType.Float64):
                for (long i = 0; i < count; i++) destination.Pointer<double>()[i] = BitConverter.UInt32BitsToSingle((uint)((ushort*)source)[i] << 16);
                return true;
            case ("F16", DType.Float64):
                for (long i = 0; i < count; i++) destination.Pointer<double>()[i] = (double)((Half*)source)[i];
                return true;
            case ("I64", DType.Int32):
                for (long i = 0; i < count; i++) destination.Pointer<int>()[i] = checked((int)((long*)source)[i]);
                return true;
            default:
                return false;
        }
    }
}
