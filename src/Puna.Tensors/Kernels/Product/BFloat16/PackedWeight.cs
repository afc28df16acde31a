namespace Puna.Tensors;

/// <summary>The forms of a weight that bf16 products read as their right operand, packed ahead of them; see <see cref="PackedWeights"/>.</summary>
internal sealed unsafe class PackedWeight(Tensor weight)
{
    /// <summary>The weight itself.</summary>
    public Tensor Weight => weight;

    /// <summary>Whether the forms that are there hold the weight's present numbers.</summary>
    public bool IsFresh { get; set; }

    /// <summary>Whether a product has asked for W, or for Wᵀ.</summary>
    public bool WantsPlain { get; private set; }

    /// <inheritdoc cref="WantsPlain"/>
    public bool WantsTransposed { get; private set; }

    /// <summary>W, where it has been packed.</summary>
    public PackedMatrix Plain { get; set; }

    /// <summary>Wᵀ, where it has been packed.</summary>
    public PackedMatrix Transposed { get; set; }

    /// <summary>The form a product wants; nothing where it must pack for itself, which is remembered.</summary>
    public PackedMatrix Form(bool transposed)
    {
        if (transposed) WantsTransposed = true;
        else WantsPlain = true;
        return IsFresh ? transposed ? Transposed : Plain : default;
    }
}

/// <summary>A right operand to pack ahead.</summary>
internal struct PackingTask
{
    /// <summary>Columns and depth.</summary>
    public int N, K;

    /// <summary>The operand [K, N].</summary>
    public BFloat16Operand B;

    /// <summary>Where it goes.</summary>
    public PackedMatrix To;

    /// <summary>Number of its first piece among those of all tasks; the kernel's to fill in.</summary>
    public int FirstPiece;
}
