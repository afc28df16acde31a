using System.Collections.Concurrent;
using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Products by <see cref="AttentionTile"/>. A call takes a few thousand cycles at most, so the garbage collector is not told of it.</summary>
internal sealed unsafe class EmittedAttentionTiles : AttentionTiles
{
    private const int FewRows = 4; // so few have room for four sides at once
    private static readonly ConcurrentDictionary<CacheType, EmittedAttentionTiles> All = new();
    private readonly delegate* unmanaged[SuppressGCTransition]<void*, void>[] _functions;

    private EmittedAttentionTiles(CacheType type) => _functions = EmittedCode.Assemble(Bodies(type));

    /// <summary>Those of this process for a type.</summary>
    public static EmittedAttentionTiles For(CacheType type) => All.GetOrAdd(type, key => new EmittedAttentionTiles(key));

    /// <summary>The functions for 1 to 8 rows: with one side, with two, and of the first four with four.</summary>
    internal static Action<Assembler>[] Bodies(CacheType type) =>
    [
        .. from rows in Enumerable.Range(1, Rows) select (Action<Assembler>)(code => AttentionTile.Emit(code, type, rows, 1)),
        .. from rows in Enumerable.Range(1, Rows) select (Action<Assembler>)(code => AttentionTile.Emit(code, type, rows, 2)),
        .. from rows in Enumerable.Range(1, FewRows) select (Action<Assembler>)(code => AttentionTile.Emit(code, type, rows, 4)),
    ];

    /// <inheritdoc/>
    public override void Multiply(int rows, int sides, AttentionTileArguments* arguments)
    {
        if (rows <= FewRows && sides >= 4)
        {
            arguments->Panels = sides / 4;
            _functions[(2 * Rows) + rows - 1](arguments);
            sides %= 4;
        }
        if (sides >= 2)
        {
            arguments->Panels = sides / 2;
            _functions[Rows + rows - 1](arguments);
            sides %= 2;
        }
        if (sides == 0) return;
        arguments->Panels = 1;
        _functions[rows - 1](arguments);
    }
}
