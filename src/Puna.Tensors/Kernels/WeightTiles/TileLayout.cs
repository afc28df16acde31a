namespace Puna.Tensors;

/// <summary>How the rows of one number format become tiles, how activations for them are laid out, and who multiplies the two.</summary>
internal abstract unsafe class TileLayout
{
    /// <summary>The most tokens of a panel.</summary>
    public abstract int PanelTokens { get; }

    /// <summary>As <see cref="TileKernel.TilesTogether"/>.</summary>
    public abstract int TilesTogether { get; }

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

    /// <summary>Multiplies tiles with panels of <paramref name="size"/> tokens, of which the last has what is left.</summary>
    public abstract void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow);

    /// <summary>The layout of a format on a tier.</summary>
    public static TileLayout For(BlockFormat format, KernelTier tier, ProcessorFeatures features)
    {
        var emits = tier.Name is "avx512vnni" or "avx512bf16" or "amx";
        if (WeightTileFormat.Find(format.Name) is { } codes)
        {
            if (tier.Name == "amx" && features.MissingForAmxInt8 is null && features.MissingForVnni is null) return Of(codes, AmxTileKernel.For(codes));
            return new Codes(codes, emits && features.MissingForVnni is null ? VnniTileKernel.For(codes) : new ManagedTileKernel(codes, tier.Name != "portable" && System.Runtime.Intrinsics.X86.Avx2.IsSupported));
        }
        var kind = format.Name switch { "F32" => FloatTileKind.Single, "F16" => FloatTileKind.Half, "BF16" => FloatTileKind.BFloat16, _ => throw new NotSupportedException($"there is no product of rows in {format.Name}") };
        if (kind == FloatTileKind.BFloat16 && tier.Name == "amx" && features.MissingForAmxBFloat16 is null) return Of(FloatTileKind.BFloat16Rows, AmxFloatTileKernel.Shared);
        var canEmit = emits && (kind != FloatTileKind.BFloat16 || (tier.Name is "avx512bf16" or "amx" && features.MissingForBFloat16 is null));
        return new Floats(kind, canEmit ? EmittedFloatTileKernel.For(kind) : tier.Name switch
        {
            "portable" => new ManagedFloatTileKernel<PortableLanes>(kind),
            "avx2" => new ManagedFloatTileKernel<Avx2Lanes>(kind),
            _ => new ManagedFloatTileKernel<Avx512Lanes>(kind),
        });
    }

    /// <summary>The layout of a format of codes, multiplied by a kernel.</summary>
    internal static TileLayout Of(WeightTileFormat format, TileKernel kernel) => new Codes(format, kernel);

    /// <summary>The layout of plain numbers, multiplied by a kernel.</summary>
    internal static TileLayout Of(FloatTileKind kind, TileKernel kernel) => new Floats(kind, kernel);

    private sealed class Codes(WeightTileFormat format, TileKernel kernel) : TileLayout
    {
        private readonly TilePacker _packer = TilePacker.For(format.Name);

        public override int PanelTokens => kernel.PanelTokens;

        public override int TilesTogether => kernel.TilesTogether;

        public override string ActivationForm => "bytes";

        public override long TileBytes(int columns) => format.TileBytes(columns);

        public override long TokenBytes(int columns) => (long)columns / WeightTileFormat.GroupColumns * TileActivations.TokenGroupBytes;

        public override void Pack(byte** rows, int count, int columns, byte* tile) => _packer.Pack(rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => TileActivations.Quantize(x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = columns / format.BlockColumns, Activations = panels, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            kernel.MultiplyPanels(tokens, size, TokenBytes(columns), &arguments);
        }
    }

    private sealed class Floats(FloatTileKind kind, TileKernel kernel) : TileLayout
    {
        public override int PanelTokens => kernel.PanelTokens;

        public override int TilesTogether => kernel.TilesTogether;

        public override string ActivationForm => kind switch { FloatTileKind.BFloat16 => "bf16", FloatTileKind.BFloat16Rows => "bf16 rows", _ => "fp32" };

        public override long TileBytes(int columns) => FloatTiles.TileBytes(kind, columns);

        public override long TokenBytes(int columns) => FloatTiles.TokenBytes(kind, columns);

        public override void Pack(byte** rows, int count, int columns, byte* tile) => FloatTiles.Pack(kind, rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => FloatTiles.PackToken(kind, x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = FloatTiles.Turns(kind, columns), Activations = panels, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            kernel.MultiplyPanels(tokens, size, TokenBytes(columns), &arguments);
        }
    }
}
