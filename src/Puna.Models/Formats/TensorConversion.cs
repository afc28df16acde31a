using System.Runtime.InteropServices;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>Numbers of one type to another, element by element. Widening is exact; narrowing rounds to nearest, ties to even.</summary>
internal static unsafe class TensorConversion
{
    /// <summary>The safetensors spelling of a type that tensors can hold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static string NameOf(DType type) => type switch
    {
        DType.Float64 => "F64",
        DType.Float32 => "F32",
        DType.BFloat16 => "BF16",
        DType.Float16 => "F16",
        DType.Int64 => "I64",
        DType.Int32 => "I32",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no safetensors type"),
    };

    /// <summary>The type of a tensor that holds numbers of a safetensors type without loss: the type itself, or the nearest wider one.</summary>
    /// <returns>Null for a type that this build does not know.</returns>
    public static DType? Holding(string type) => type switch
    {
        "F64" => DType.Float64,
        "F32" or "F8_E4M3" or "F8_E5M2" => DType.Float32,
        "BF16" => DType.BFloat16,
        "F16" => DType.Float16,
        "I64" or "U32" => DType.Int64,
        "I32" or "I16" or "U16" or "I8" or "U8" or "BOOL" => DType.Int32,
        _ => null,
    };

    /// <summary>Converts little-endian data of a safetensors type into a tensor; false where there is no such conversion.</summary>
    /// <exception cref="OverflowException">A number does not fit.</exception>
    public static bool TryConvert(string type, byte* source, Tensor destination)
    {
        return TryConvert(type, source, destination, 0, destination.Count);
    }

    /// <summary>As above, into elements [first, first + count).</summary>
    /// <exception cref="OverflowException">A number does not fit.</exception>
    public static bool TryConvert(string type, byte* source, Tensor destination, long first, long count)
    {
        if (type is not ("F8_E4M3" or "F8_E5M2" or "U32" or "I16" or "U16" or "I8" or "U8" or "BOOL") && Holding(type) == destination.DType)
        {
            var layout = DTypeLayout.Of(destination.DType);
            NativeMemory.Copy(source, (byte*)destination.Data + layout.Bytes(first), (nuint)layout.Bytes(count));
            return true;
        }
        var done = destination.DType is DType.Int32 or DType.Int64 ? TryWhole(type, source, destination, first, count) : TryReal(type, source, destination, first, count);
        GC.KeepAlive(destination);
        return done;
    }

    private static bool TryWhole(string type, byte* source, Tensor destination, long first, long count)
    {
        for (long i = 0; i < count; i++)
        {
            long value;
            switch (type)
            {
                case "I64": value = ((long*)source)[i]; break;
                case "U64": value = checked((long)((ulong*)source)[i]); break;
                case "I32": value = ((int*)source)[i]; break;
                case "U32": value = ((uint*)source)[i]; break;
                case "I16": value = ((short*)source)[i]; break;
                case "U16": value = ((ushort*)source)[i]; break;
                case "I8": value = ((sbyte*)source)[i]; break;
                case "U8" or "BOOL": value = source[i]; break;
                default: return false;
            }
            if (destination.DType == DType.Int64) destination.Pointer<long>()[first + i] = value;
            else destination.Pointer<int>()[first + i] = checked((int)value);
        }
        return true;
    }

    private static bool TryReal(string type, byte* source, Tensor destination, long first, long count)
    {
        switch (type)
        {
            case "F64": for (long i = 0; i < count; i++) Store(((double*)source)[i], destination, first + i); return true;
            case "F32": for (long i = 0; i < count; i++) Store(((float*)source)[i], destination, first + i); return true;
            case "BF16": for (long i = 0; i < count; i++) Store(BitConverter.UInt32BitsToSingle((uint)((ushort*)source)[i] << 16), destination, first + i); return true;
            case "F16": for (long i = 0; i < count; i++) Store((float)((Half*)source)[i], destination, first + i); return true;
            case "F8_E4M3": for (long i = 0; i < count; i++) Store(Float8.FromE4M3(source[i]), destination, first + i); return true;
            case "F8_E5M2": for (long i = 0; i < count; i++) Store(Float8.FromE5M2(source[i]), destination, first + i); return true;
            default: return false;
        }
    }

    private static void Store(float value, Tensor destination, long i)
    {
        switch (destination.DType)
        {
            case DType.Float32: destination.Pointer<float>()[i] = value; break;
            case DType.Float64: destination.Pointer<double>()[i] = value; break;
            case DType.Float16: destination.Pointer<Half>()[i] = Narrowed(value); break;
            default: destination.Pointer<ushort>()[i] = BFloat16Bits(value); break;
        }
    }

    private static void Store(double value, Tensor destination, long i)
    {
        if (destination.DType == DType.Float64) destination.Pointer<double>()[i] = value;
        else if (destination.DType == DType.Float16) destination.Pointer<Half>()[i] = Narrowed(value);
        else if (Math.Abs(value) > float.MaxValue && double.IsFinite(value)) throw new OverflowException();
        else Store(destination.DType == DType.BFloat16 ? RoundedToOdd(value) : (float)value, destination, i);
    }

    private static Half Narrowed(double value) => (Half)value is var half && Half.IsInfinity(half) && double.IsFinite(value) ? throw new OverflowException() : half;

    /// <summary>The nearest bf16 number, ties to even; no number stays none.</summary>
    private static ushort BFloat16Bits(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>A float whose last bit remembers whether anything was cut off, so that rounding it once more is as rounding the double.</summary>
    private static float RoundedToOdd(double value)
    {
        var near = (float)value;
        if (near == value || !float.IsFinite(near)) return near;
        var bits = BitConverter.SingleToUInt32Bits(near);
        if (Math.Abs((double)near) > Math.Abs(value)) bits--; // toward zero
        return BitConverter.UInt32BitsToSingle(bits | 1);
    }
}
