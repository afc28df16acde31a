namespace Puna.Tensors;

/// <summary>How the rows of one number format become tiles, how activations for them are laid out, and who multiplies the two.</summary>
internal abstract unsafe class TileLayout
{
    private const int PartBytes = 8 << 10;

    /// <summary>Who multiplies.</summary>
    public abstract TileKernel Kernel { get; }

    /// <summary>The layout for products with so many tokens; it has the same tiles.</summary>
    public virtual TileLayout For(int tokens) => this;

    /// <summary>The most tokens of a panel.</summary>
    public int PanelTokens => Kernel.PanelTokens;

    /// <summary>As <see cref="TileKernel.TilesTogether"/>.</summary>
    public int TilesTogether => Kernel.TilesTogether;

    /// <summary>Names the form of activations: layouts of the same name read the same panels.</summary>
    public abstract string ActivationForm { get; }

    /// <summary>Bytes of a tile.</summary>
    public abstract long TileBytes(int columns);

    /// <summary>Bytes that a token takes in a panel.</summary>
    public abstract long TokenBytes(int columns);

    /// <summary>Bytes that the kernel keeps between parts of a tile.</summary>
    public int KeptBytes => Kernel.KeptBytes;

    /// <summary>
    /// The columns that a tile is packed and multiplied in where it is not kept: few enough for the first-level cache, which the rows pass through at the same time. As many as a
    /// product has for kernels that want a tile whole.
    /// </summary>
    public abstract int PartColumns { get; }

    /// <summary>Packs a tile, as <see cref="TilePacker.Pack"/> says.</summary>
    public abstract void Pack(byte** rows, int count, int columns, byte* tile);

    /// <summary>Writes a token into its panel.</summary>
    public abstract void PackToken(float* x, int columns, byte* panel, int tokens, int token);

    /// <summary>Multiplies tiles, or a part of one, with panels of <paramref name="size"/> tokens, of which the last has what is left; a part with a single panel only.</summary>
    public abstract void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow, TilePart part = default);

    /// <summary>The layout of a format on a tier.</summary>
    public static TileLayout For(BlockFormat format, KernelTier tier, ProcessorFeatures features)
    {
        if (WeightTileFormat.Find(format.Name) is { } codes)
        {
            var kernel = KernelFor(codes, tier, features);
            return new Codes(codes, TilePacker.For(codes.Name, tier), kernel, few: kernel.FewestTokens > 1 ? Of(codes, EmittedTileKernel.Vnni(codes), tier) : null);
        }
        var kind = format.Name switch { "F32" => FloatTileKind.Single, "F16" => FloatTileKind.Half, "BF16" => FloatTileKind.BFloat16AsSingle, _ => throw new NotSupportedException($"there is no product of rows in {format.Name}") };
        if (kind == FloatTileKind.BFloat16AsSingle && tier.Name == "amx" && features.MissingForAmxBFloat16 is null) return Of(FloatTileKind.BFloat16Rows, AmxFloatTileKernel.Shared, tier);
        if (kind == FloatTileKind.BFloat16AsSingle && tier.Name is "avx512bf16" or "amx" && features.MissingForBFloat16 is null) kind = FloatTileKind.BFloat16;
        return Of(kind, KernelFor(kind, tier, features), tier);
    }

    private static TileKernel KernelFor(WeightTileFormat format, KernelTier tier, ProcessorFeatures features)
    {
        if (tier.Name == "amx" && features.MissingForAmxInt8 is null && features.MissingForVnni is null) return AmxTileKernel.For(format);
        if (tier.Name is "avx512vnni" or "avx512bf16" or "amx" && features.MissingForVnni is null) return EmittedTileKernel.Vnni(format);
        if (tier.Name == "portable") return new ManagedTileKernel(format, ManagedTileKernel.IsSupported(ManagedProducts.Arm) ? ManagedProducts.Arm : ManagedProducts.Portable);
        return features.MissingForAvx2Code is null ? EmittedTileKernel.Avx2(format, features.MissingForAvxVnni is null) : new ManagedTileKernel(format, ManagedProducts.Avx2);
    }

    private static TileKernel KernelFor(FloatTileKind kind, KernelTier tier, ProcessorFeatures features)
    {
        if (tier.Name == "portable") return new ManagedFloatTileKernel<PortableLanes>(kind);
        if (kind == FloatTileKind.BFloat16 || (kind != FloatTileKind.BFloat16AsSingle && tier.Name != "avx2" && features.MissingForAvx512Code is null)) return EmittedTileKernel.Avx512(kind);
        if (features.MissingForAvx2Code is null) return EmittedTileKernel.Avx2(kind);
        return tier.Name == "avx2" ? new ManagedFloatTileKernel<Avx2Lanes>(kind) : new ManagedFloatTileKernel<Avx512Lanes>(kind);
    }

    /// <summary>The layout of a format of codes, multiplied by a kernel.</summary>
    internal static TileLayout Of(WeightTileFormat format, TileKernel kernel, KernelTier tier) => new Codes(format, TilePacker.For(format.Name, tier), kernel, few: null);

    /// <summary>The layout of plain numbers, multiplied by a kernel.</summary>
    internal static TileLayout Of(FloatTileKind kind, TileKernel kernel, KernelTier tier) => new Floats(kind, TilePacker.For(kind, tier), kernel);

    private static int Part(TileKernel kernel, int unit, long unitBytes) => kernel.CanContinue ? (int)Math.Max(1, PartBytes / unitBytes) * unit : int.MaxValue;

    private sealed class Codes(WeightTileFormat format, TilePacker packer, TileKernel kernel, TileLayout? few) : TileLayout
    {
        public override TileLayout For(int tokens) => few is not null && tokens < kernel.FewestTokens ? few : this;

        public override TileKernel Kernel => kernel;

        public override int PartColumns { get; } = Part(kernel, format.BlockColumns, format.TileBytes(format.BlockColumns));

        public override string ActivationForm => "bytes";

        public override long TileBytes(int columns) => format.TileBytes(columns);

        public override long TokenBytes(int columns) => (long)columns / WeightTileFormat.GroupColumns * TileActivations.TokenGroupBytes;

        public override void Pack(byte** rows, int count, int columns, byte* tile) => packer.Pack(rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => TileActivations.Quantize(x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow, TilePart part)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = columns / format.BlockColumns, Activations = panels, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            part.Set(&arguments);
            kernel.MultiplyPanels(tokens, size, TokenBytes(columns), &arguments);
        }
    }

    private sealed class Floats(FloatTileKind kind, TilePacker packer, TileKernel kernel) : TileLayout
    {
        public override TileKernel Kernel => kernel;

        public override int PartColumns { get; } = Part(kernel, FloatTiles.TurnColumns(kind), FloatTiles.TileBytes(kind, 1));

        public override string ActivationForm => kind switch { FloatTileKind.BFloat16 => "bf16", FloatTileKind.BFloat16Rows => "bf16 rows", FloatTileKind.BFloat16AsSingle => "bf16 in fp32", _ => "fp32" };

        public override long TileBytes(int columns) => FloatTiles.TileBytes(kind, columns);

        public override long TokenBytes(int columns) => FloatTiles.TokenBytes(kind, columns);

        public override void Pack(byte** rows, int count, int columns, byte* tile) => packer.Pack(rows, count, columns, tile);

        public override void PackToken(float* x, int columns, byte* panel, int tokens, int token) => FloatTiles.PackToken(kind, x, columns, panel, tokens, token);

        public override void Multiply(byte* tiles, int count, int columns, byte* panels, int tokens, int size, float* c, long cRow, TilePart part)
        {
            var arguments = new TileArguments { Weights = tiles, Tiles = count, Blocks = FloatTiles.Turns(kind, columns), Activations = panels, C = c, CRowBytes = (nint)(cRow * sizeof(float)) };
            part.Set(&arguments);
            kernel.MultiplyPanels(tokens, size, TokenBytes(columns), &arguments);
        }
    }
}
