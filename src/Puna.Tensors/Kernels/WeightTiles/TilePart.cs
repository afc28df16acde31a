namespace Puna.Tensors;

/// <summary>Which part of a tile's columns a product has; the default is all of them.</summary>
/// <param name="continues">Whether it goes on with sums of the part before.</param>
/// <param name="isContinued">Whether another part follows.</param>
/// <param name="kept">Memory of <see cref="TileLayout.KeptBytes"/> that stays the same from part to part.</param>
internal readonly unsafe struct TilePart(bool continues, bool isContinued, byte* kept)
{
    private readonly byte* _kept = kept;

    /// <summary>Tells a kernel.</summary>
    public void Set(TileArguments* arguments)
    {
        (arguments->Continues, arguments->IsContinued) = (continues ? 1 : 0, isContinued ? 1 : 0);
        arguments->Kept = _kept;
    }
}
