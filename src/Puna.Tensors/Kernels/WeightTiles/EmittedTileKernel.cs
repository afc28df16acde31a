using System.Collections.Concurrent;
using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Tiles multiplied by assembled functions, one for each number of tokens, assembled when it is first needed.</summary>
internal sealed unsafe class EmittedTileKernel : TileKernel
{
    private static readonly ConcurrentDictionary<(string Emitter, string Numbers), EmittedTileKernel> All = new();
    private readonly Lazy<IEmittedFunctions>[] _byTokens;

    /// <summary>A kernel of functions.</summary>
    /// <param name="emitter">Whose functions they are.</param>
    /// <param name="panelTokens">The most tokens.</param>
    /// <param name="emit">Writes the function for so many tokens.</param>
    /// <param name="canContinue">Whether the functions heed <see cref="TileArguments.Continues"/>.</param>
    /// <param name="keptBytes">Bytes that they keep between the parts of a tile.</param>
    internal EmittedTileKernel(string emitter, int panelTokens, Action<Assembler, int> emit, bool canContinue = false, int keptBytes = 0)
    {
        (Emitter, PanelTokens, CanContinue, KeptBytes) = (emitter, panelTokens, canContinue, keptBytes);
        _byTokens = [.. Enumerable.Range(1, panelTokens).Select(tokens => new Lazy<IEmittedFunctions>(() => new EmittedFunctions([code => emit(code, tokens)])))];
    }

    /// <summary>The class that writes the functions.</summary>
    public string Emitter { get; }

    /// <inheritdoc/>
    public override int PanelTokens { get; }

    /// <inheritdoc/>
    public override bool CanContinue { get; }

    /// <inheritdoc/>
    public override int KeptBytes { get; }

    /// <summary>The one of this process for a format of codes where there is AVX512_VNNI: <see cref="VnniWeightTile"/>.</summary>
    public static EmittedTileKernel Vnni(WeightTileFormat format) =>
        Codes(nameof(VnniWeightTile), format.Name, (code, tokens) => VnniWeightTile.Emit(code, format, tokens), canContinue: true);

    /// <summary>The one of this process for a kind of plain numbers where there is AVX-512: <see cref="FloatWeightTile"/>.</summary>
    public static EmittedTileKernel Avx512(FloatTileKind kind) =>
        Floats(nameof(FloatWeightTile), kind, (code, tokens) => FloatWeightTile.Emit(code, kind, tokens), canContinue: true, FloatWeightTile.PanelTokens * FloatWeightTile.TokenSumBytes);

    /// <summary>The one of this process for a format of codes where there is AVX2: <see cref="Avx2WeightTile"/>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="vnni">Whether the processor has AVX-VNNI.</param>
    public static EmittedTileKernel Avx2(WeightTileFormat format, bool vnni) =>
        Codes(nameof(Avx2WeightTile), vnni ? $"{format.Name} with AVX-VNNI" : format.Name, (code, tokens) => Avx2WeightTile.Emit(code, format, tokens, vnni));

    /// <summary>The one of this process for a kind of plain numbers where there is AVX2: <see cref="Avx2FloatTile"/>.</summary>
    public static EmittedTileKernel Avx2(FloatTileKind kind) => Floats(nameof(Avx2FloatTile), kind, (code, tokens) => Avx2FloatTile.Emit(code, kind, tokens));

    /// <inheritdoc/>
    public override void Prepare(int tokens) => _ = _byTokens[tokens - 1].Value;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments) => _byTokens[tokens - 1].Value.Call(0, arguments);

    private static EmittedTileKernel Codes(string emitter, string format, Action<Assembler, int> emit, bool canContinue = false) =>
        All.GetOrAdd((emitter, format), _ => new EmittedTileKernel(emitter, TileActivations.PanelTokens, emit, canContinue));

    private static EmittedTileKernel Floats(string emitter, FloatTileKind kind, Action<Assembler, int> emit, bool canContinue = false, int keptBytes = 0) =>
        All.GetOrAdd((emitter, $"{kind}"), _ => new EmittedTileKernel(emitter, FloatWeightTile.PanelTokens, emit, canContinue, keptBytes));
}
