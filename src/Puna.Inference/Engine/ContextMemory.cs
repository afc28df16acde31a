namespace Puna.Inference;

/// <summary>The check that a context has room in memory, before any of it is taken.</summary>
public static class ContextMemory
{
    /// <summary>Says no where the cache of one sequence does not fit beside the weights, and how long a context would.</summary>
    /// <param name="contextLength">Positions that are wanted.</param>
    /// <param name="bytesPerPosition">Keys and values of one position in all layers.</param>
    /// <param name="weightBytes">Bytes of memory that the weights take.</param>
    /// <param name="availableBytes">Bytes of memory that the process may use.</param>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    public static void Require(int contextLength, long bytesPerPosition, long weightBytes, long availableBytes)
    {
        var left = Math.Max(0, availableBytes - weightBytes);
        if ((Int128)contextLength * bytesPerPosition <= left) return;
        var largest = left / Math.Max(1, bytesPerPosition);
        throw new InvalidDataException(
            $"a context of {contextLength} positions takes {(Int128)contextLength * bytesPerPosition:N0} bytes beside the {weightBytes:N0} of the weights, and {availableBytes:N0} bytes of memory are there; "
            + (largest > 0 ? $"the largest that fits has {largest} positions: give --context-length {largest} or less" : "there is no room for any; give a smaller or more strongly quantised model"));
    }
}
