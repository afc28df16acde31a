using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Iced.Intel;

namespace Puna.Tensors;

/// <summary>
/// Tiles of codes multiplied by <see cref="AmxWeightTile"/>, panels of up to 16 tokens. A run of 16 groups of two tiles is unpacked to signed bytes once and stays in the first-level cache
/// while all panels go by, whose own run stays there from the first tile to the second, and in the second-level cache from one pair of tiles to the next. Fewer
/// tokens than <see cref="TileKernel.FewestTokens"/> are better off with the kernel of other tiers, whose bits are the same. Memory for a run is the calling thread's stack, so that any number of threads can multiply at once.
/// </summary>
internal sealed unsafe class AmxTileKernel : TileKernel
{
    /// <summary>Groups of a run: whole blocks of every format.</summary>
    private const int RunGroups = 16;

    private const int Pair = 2, GroupCodes = WeightTileFormat.Quads * WeightTileFormat.QuadBytes;
    private static readonly ConcurrentDictionary<string, AmxTileKernel> All = new();
    private readonly WeightTileFormat _format;
    private readonly Lazy<IEmittedFunctions>[] _byTokens;

    /// <summary>A kernel for a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="assemble">Makes functions of bodies: <see cref="EmittedFunctions"/>, or in tests an interpreter.</param>
    internal AmxTileKernel(WeightTileFormat format, Func<Action<Assembler>[], IEmittedFunctions> assemble)
    {
        _format = format;
        _byTokens = [.. Enumerable.Range(1, AmxWeightTile.PanelTokens).Select(tokens => new Lazy<IEmittedFunctions>(() => assemble([code => AmxWeightTile.Emit(code, format, tokens)])))];
    }

    /// <inheritdoc/>
    public override int PanelTokens => AmxWeightTile.PanelTokens;

    /// <inheritdoc/>
    /// <remarks>Below, VPDPBUSD takes less time than unpacking tiles for TDPBSSD (Emerald Rapids).</remarks>
    public override int FewestTokens => 64;

    /// <inheritdoc/>
    /// <remarks>The results of so many, and a run of the activations, fit in a second-level cache of 2 MiB.</remarks>
    public override int TilesTogether => 32;

    /// <summary>Bytes of memory for a run.</summary>
    internal int RunBytes => RingBytes + (Pair * RunGroups * (GroupCodes + AmxWeightTile.ScaleBytes(_format)));

    private int RingBytes => AmxWeightTile.MostAhead * _format.Subgroups * AmxWeightTile.IntegerBytes;

    /// <summary>The one of this process for a format.</summary>
    public static AmxTileKernel For(WeightTileFormat format) => All.GetOrAdd(format.Name, _ => new AmxTileKernel(format, bodies => new EmittedFunctions(bodies)));

    /// <inheritdoc/>
    public override void Prepare(int tokens) => _ = _byTokens[tokens - 1].Value;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments) => MultiplyPanels(tokens, tokens, 0, arguments);

    /// <inheritdoc/>
    [SkipLocalsInit]
    public override void MultiplyPanels(int tokens, int size, long tokenBytes, TileArguments* arguments)
    {
        const int Alignment = TileConfiguration.RowBytes;
        var memory = stackalloc byte[RunBytes + Alignment];
        MultiplyPanels(tokens, size, tokenBytes, arguments, (byte*)(((nint)memory + Alignment - 1) / Alignment * Alignment));
    }

    /// <summary>The same for any number of tokens, with <see cref="RunBytes"/> of memory.</summary>
    internal void MultiplyPanels(int tokens, int size, long tokenBytes, TileArguments* arguments, byte* memory)
    {
        var codes = memory + RingBytes;
        var scales = codes + (Pair * RunGroups * GroupCodes);
        var groups = arguments->Blocks * _format.GroupsPerBlock;
        var tileBytes = arguments->Blocks * _format.BlockBytes;
        var (full, rest) = Math.DivRem(tokens, size);
        for (nint first = 0; first < groups; first += RunGroups)
        {
            var run = (int)Math.Min(RunGroups, groups - first);
            for (nint tile = 0; tile < arguments->Tiles; tile += Pair)
            {
                var count = (int)Math.Min(Pair, arguments->Tiles - tile);
                for (var i = 0; i < count; i++)
                {
                    var blocks = arguments->Weights + ((tile + i) * tileBytes) + (first / _format.GroupsPerBlock * _format.BlockBytes);
                    TileVectors.Unpack(_format, blocks, run, codes + (i * run * GroupCodes), (float*)(scales + (i * run * AmxWeightTile.ScaleBytes(_format))));
                }
                var ahead = Math.Min(run, AmxWeightTile.MostAhead);
                var product = new AmxWeightArguments
                {
                    Codes = codes,
                    Scales = (float*)scales,
                    Tiles = count,
                    Ahead = ahead,
                    Rest = run - ahead,
                    Ring = memory,
                    RingEnd = memory + (ahead * _format.Subgroups * AmxWeightTile.IntegerBytes),
                    CRowBytes = arguments->CRowBytes,
                    Accumulate = first == 0 ? 0 : 1,
                };
                if (full > 0) Call(&product, arguments, 0, size, full, tile, first, tokenBytes);
                if (rest > 0) Call(&product, arguments, full * size, rest, 1, tile, first, tokenBytes);
            }
        }
    }

    private void Call(AmxWeightArguments* product, TileArguments* arguments, int token, int size, int panels, nint tile, nint group, long tokenBytes)
    {
        product->Configuration = AmxWeightTile.Configuration(_format, size);
        product->Activations = arguments->Activations + (token * tokenBytes) + (group * size * TileActivations.TokenGroupBytes);
        product->PanelBytes = (nint)(size * tokenBytes);
        product->Panels = panels;
        product->C = (byte*)(arguments->C + (tile * WeightTileFormat.Rows)) + (token * arguments->CRowBytes);
        product->CPanel = size * arguments->CRowBytes;
        _byTokens[size - 1].Value.Call(0, product);
    }
}
