namespace Puna.Tensors;

/// <summary>How the rows of one number format become tiles, how activations for them are laid out, and who multiplies the two.</summary>
internal abstract unsafe class TileLayout
{
    /// <summary>Who multiplies.</summary>
    public abstract TileKernel Kernel { get; }

    /// <summary>The most tokens of a panel.</summary>
    public int PanelTokens => Kernel.PanelTokens;

    /// <summary>Names the form of activations: layouts of the same name read the same panels.</summary>
    public abstract string ActivationForm { get; }

    /// <summary>Bytes of a tile.</summary>
    public abstract long TileBytes(int columns);

    /// <summary>Bytes that a token takes in a panel.</summary>
    public abstract long TokenBytes(int columns);

    /// <summary>Packs up to 16 rows.</summary>
    public abstract void Pack(byte** rows, int count, int columns, byte* tile);

    /// <summary>Writes a token into its panel.</summary>
    public abstract void PackToken(float* x, int columns, byte* panel, int tokens, int token);

    /// <summary>Multiplies tiles with a panel.</summary>
    public abstract void Multiply(byte* tiles, int count, int columns, byte* panel, int tokens, float* c, long cRow);

    /// <summary>The layout of a format on a tier.</summary>
    public static TileLayout For(BlockFormat format, KernelTier tier, ProcessorFeatures features)
    {
        if (WeightTileFormat.Find(format.Name) is { } codes) return new Codes(codes, KernelFor(codes, tier, features));
        var kind = format.Name switch { "F32" => FloatTileKind.Single, "F16" => FloatTileKind.Half, "BF16" => FloatTileKind.BFloat16AsSingle, _ => throw new NotSupportedException($"there is no product of rows in {format.Name}") };
        if (kind == FloatTileKind.BFloat16AsSingle && tier.Name is "avx512bf16" or "amx" && features.MissingForBFloat16 is null) kind = FloatTileKind.BFloat16;
        return new Floats(kind, KernelFor(kind, tier, features));
    }

    private static TileKernel KernelFor(WeightTileFormat format, KernelTier tier, ProcessorFeatures features)
    {
        if (tier.Name is "avx512vnni" or "avx512bf16" or "amx" && features.MissingForVnni is null) return VnniTileKernel.For(format);
        if (tier.Name == "portable") return new ManagedTileKernel(format, ManagedTileKernel.IsSupported(ManagedProducts.Arm) ? ManagedProducts.Arm : ManagedProducts.Portable);
        return features.MissingForAvx2Code is null ? EmittedTileKernel.Avx2(format, features.MissingForAvxVnni is null) : new ManagedTileKernel(format, ManagedProducts.Avx2);
    }

    private static TileKernel KernelFor(FloatTileKind kind, KernelTier tier, ProcessorFeatures features)
    {
        if (tier.Name == "portable") return new ManagedFloatTileKernel<PortableLanes>(kind);
        if (kind == FloatTileKind.BFloat16 || (kind != FloatTileKind.BFloat16AsSingle && tier.Name != "avx2" && features.MissingForAvx512Code is null)) return EmittedFloatTileKernel.For(kind);
        if (features.MissingForAvx2Code is null) return EmittedTileKernel.Avx2(kind);
        return tier.Name == "avx2" ? new ManagedFloatTileKernel<Avx2Lanes>(kind) : new ManagedFloatTileKernel<Avx512Lanes>(kind);
    }

    private sealed class Codes(WeightTileFormat format, TileKernel kernel) : TileLayout
    {
        private readonly TilePacker _packer = TilePacker.For(format.Name);

        public override TileKernel Kernel => kernel;

        public override string ActivationForm => "bytes";

        public override long TileBytes(int columns) => format.TileBytes(columns);

        public override long TokenBytes(int columns) => (long)columns / WeightTileFormat.GroupColumns * TileActivations.TokenGroupBytes;

        public override void Pack(byte** rows, int count, int columns, byte* tile) => _packer.Pack(rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => TileActivations.Quantize(x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panel, int tokens, float* c, long cRow)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = columns / format.BlockColumns, Activations = panel, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            kernel.Multiply(tokens, &arguments);
        }
    }

    private sealed class Floats(FloatTileKind kind, TileKernel kernel) : TileLayout
    {
        public override TileKernel Kernel => kernel;

        public override string ActivationForm => kind switch { FloatTileKind.BFloat16 => "bf16", FloatTileKind.BFloat16AsSingle => "bf16 in fp32", _ => "fp32" };

        public override long TileBytes(int columns) => FloatTiles.TileBytes(kind, columns);

        public override long TokenBytes(int columns) => FloatTiles.TokenBytes(kind, columns);

        public override void Pack(byte** rows, int count, int columns, byte* tile) => FloatTiles.Pack(kind, rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => FloatTiles.PackToken(kind, x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panel, int tokens, float* c, long cRow)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = FloatTiles.Turns(kind, columns), Activations = panel, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            kernel.Multiply(tokens, &arguments);
        }
    }
}
