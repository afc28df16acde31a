namespace Puna.Models;

/// <summary>A storage that a pickle names: an entry of the archive, still unread.</summary>
/// <param name="Type">Element type in safetensors' spelling.</param>
/// <param name="Key">Name of its entry under data/.</param>
/// <param name="Count">Elements it claims to have.</param>
internal sealed record TorchStorage(string Type, string Key, long Count);

/// <summary>A tensor that a pickle describes: a view of a storage.</summary>
/// <param name="Storage">Where its numbers lie.</param>
/// <param name="Offset">First element.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Strides">Elements from one to the next along each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether the elements lie one after the other.</summary>
    public bool IsContiguous
    {
        get
        {
            if (Count == 0) return true;
            long next = 1;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != next) return false;
                next = checked(next * Shape[i]);
            }
            return true;
        }
    }

    /// <summary>Elements from the first to the last that it touches.</summary>
    public long Extent
    {
        get
        {
            if (Count == 0) return 0;
            long last = 0;
            for (var i = 0; i < Shape.Length; i++) last = checked(last + ((Shape[i] - 1) * Strides[i]));
            return last + 1;
        }
    }
}
