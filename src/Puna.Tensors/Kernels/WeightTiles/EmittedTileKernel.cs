using System.Collections.Concurrent;
using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Tiles multiplied by functions for processors without AVX512_VNNI, one for each number of tokens, assembled when it is first needed.</summary>
internal sealed unsafe class EmittedTileKernel : TileKernel
{
    private static readonly ConcurrentDictionary<(string, bool), EmittedTileKernel> Codes = new();
    private static readonly ConcurrentDictionary<FloatTileKind, EmittedTileKernel> Floats = new();
    private readonly Lazy<IEmittedFunctions>[] _byTokens;

    /// <summary>A kernel of functions.</summary>
    /// <param name="panelTokens">The most tokens.</param>
    /// <param name="emit">Writes the function for so many tokens.</param>
    internal EmittedTileKernel(int panelTokens, Action<Assembler, int> emit)
    {
        PanelTokens = panelTokens;
        _byTokens = [.. Enumerable.Range(1, panelTokens).Select(tokens => new Lazy<IEmittedFunctions>(() => new EmittedFunctions([code => emit(code, tokens)])))];
    }

    /// <inheritdoc/>
    public override int PanelTokens { get; }

    /// <summary>The one of this process for a format of codes: <see cref="Avx2WeightTile"/>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="vnni">Whether the processor has AVX-VNNI.</param>
    public static EmittedTileKernel Avx2(WeightTileFormat format, bool vnni) =>
        Codes.GetOrAdd((format.Name, vnni), _ => new EmittedTileKernel(TileActivations.PanelTokens, (code, tokens) => Avx2WeightTile.Emit(code, format, tokens, vnni)));

    /// <summary>The one of this process for a kind of plain numbers: <see cref="Avx2FloatTile"/>.</summary>
    public static EmittedTileKernel Avx2(FloatTileKind kind) =>
        Floats.GetOrAdd(kind, _ => new EmittedTileKernel(FloatWeightTile.PanelTokens, (code, tokens) => Avx2FloatTile.Emit(code, kind, tokens)));

    /// <inheritdoc/>
    public override void Prepare(int tokens) => _ = _byTokens[tokens - 1].Value;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments) => _byTokens[tokens - 1].Value.Call(0, arguments);
}
