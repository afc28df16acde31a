using System.Collections.Concurrent;
using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Tiles of codes multiplied by <see cref="VnniWeightTile"/>; a function for each number of tokens, assembled when it is first needed.</summary>
internal sealed unsafe class VnniTileKernel : TileKernel
{
    private static readonly ConcurrentDictionary<string, VnniTileKernel> All = new();
    private readonly Lazy<IEmittedFunctions>[] _byTokens;

    /// <summary>A kernel for a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="assemble">Makes functions of bodies: <see cref="EmittedFunctions"/>, or in tests an interpreter.</param>
    internal VnniTileKernel(WeightTileFormat format, Func<Action<Assembler>[], IEmittedFunctions> assemble) =>
        _byTokens = [.. Enumerable.Range(1, TileActivations.PanelTokens).Select(tokens => new Lazy<IEmittedFunctions>(() => assemble([code => VnniWeightTile.Emit(code, format, tokens)])))];

    /// <inheritdoc/>
    public override int PanelTokens => TileActivations.PanelTokens;

    /// <inheritdoc/>
    public override bool CanContinue => true;

    /// <summary>The one of this process for a format.</summary>
    public static VnniTileKernel For(WeightTileFormat format) => All.GetOrAdd(format.Name, _ => new VnniTileKernel(format, bodies => new EmittedFunctions(bodies)));

    /// <inheritdoc/>
    public override void Prepare(int tokens) => _ = _byTokens[tokens - 1].Value;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments) => _byTokens[tokens - 1].Value.Call(0, arguments);
}
