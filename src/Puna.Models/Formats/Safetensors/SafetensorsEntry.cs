namespace Puna.Models;

/// <summary>A tensor's line in a safetensors header.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">As written in the file: F64, F32, F16, BF16, I64, I32, …</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>What it is without where it lies.</summary>
    public StoredTensor ToStored() => new(Name, Type, Shape, End - Begin);

    /// <summary>Bytes of an element of a type, or 0 for a type that this build does not know.</summary>
    public static int ElementBytes(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };
}
