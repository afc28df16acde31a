using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>What a product of <see cref="AttentionTiles"/> is called with; pointers and counts may be changed by it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AttentionTileArguments
{
    /// <summary>The first number of row 0; rows lie <see cref="AttentionTiles.RowNumbers"/> apart.</summary>
    public float* A;

    /// <summary>Beyond the last number of row 0: one number at least.</summary>
    public float* AEnd;

    /// <summary>The 16 numbers of the first side that the first number of a row is multiplied with.</summary>
    public byte* B;

    /// <summary>Bytes to those of the next number of a row.</summary>
    public nint StepBytes;

    /// <summary>Bytes to the next side.</summary>
    public nint SideBytes;

    /// <summary>The results of row 0: 16 for each side.</summary>
    public float* C;

    /// <summary>Bytes between rows of results.</summary>
    public nint CRowBytes;

    /// <summary>Whether results are added to what is there; a row's sum then goes on as if it had not been interrupted.</summary>
    public nint Adds;

    /// <summary>Memory that is read next: as many bytes as B has are fetched ahead.</summary>
    public byte* Ahead;

    /// <summary>Of the function itself.</summary>
    public nint Panels;
}

/// <summary>
/// The inner product of attention: c[row, column] = Σ a[row, i]·b[i, column], columns in sides of 16, b in one of the cache's types. Queries times keys: i is a number of the head,
/// columns are positions; weights times values: i is a position, columns are numbers of the head. Each sum is formed in order by fused additions where the
/// machine has them, whatever is computed beside it.
/// </summary>
internal abstract unsafe class AttentionTiles
{
    /// <summary>The most rows.</summary>
    public const int Rows = 8;

    /// <summary>Numbers between rows of a, and the most of a row.</summary>
    public const int RowNumbers = 256;

    /// <summary>Multiplies 1 to <see cref="Rows"/> rows with so many sides. Memory must hold <see cref="Rows"/> rows of a and c: those beyond are undefined afterwards.</summary>
    public abstract void Multiply(int rows, int sides, AttentionTileArguments* arguments);

    /// <summary>The products of a tier with a type of cache.</summary>
    public static AttentionTiles For(CacheType type, KernelTier tier) => tier.Name switch
    {
        "portable" => Managed<PortableLanes>(type),
        "avx2" or "avx512" => Managed<Avx2Lanes>(type),
        _ => EmittedAttentionTiles.For(type),
    };

    private static AttentionTiles Managed<V>(CacheType type)
        where V : unmanaged, ILanes<V, float> => type switch
        {
            CacheType.Float32 => new ManagedAttentionTiles<V, SingleNumbers<V>>(),
            CacheType.Float16 => new ManagedAttentionTiles<V, HalfNumbers<V>>(),
            CacheType.BFloat16 => new ManagedAttentionTiles<V, BrainNumbers<V>>(),
            _ => new ManagedAttentionTiles<V, ByteNumbers<V>>(),
        };
}
