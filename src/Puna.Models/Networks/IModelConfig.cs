namespace Puna.Models;

/// <summary>
/// What every decoder-only transformer of this build has in common, under the names of the letters used elsewhere: C hidden size, F inner width,
/// L layers, H query heads, K key and value heads, D head size, V vocabulary. Immutable; each architecture has a record of its own.
/// </summary>
public interface IModelConfig
{
    /// <summary>model_type in config.json: <c>llama</c> or <c>gpt2</c>. Picks the <see cref="Architecture"/>.</summary>
    string ModelType { get; }

    /// <summary>C: width of the residual stream.</summary>
    int HiddenSize { get; }

    /// <summary>F: inner width of the feed-forward.</summary>
    int IntermediateSize { get; }

    /// <summary>L: blocks.</summary>
    int LayerCount { get; }

    /// <summary>H: query heads.</summary>
    int HeadCount { get; }

    /// <summary>K: key and value heads.</summary>
    int KeyValueHeadCount { get; }

    /// <summary>D: width of a head.</summary>
    int HeadSize { get; }

    /// <summary>V: rows of the embedding table.</summary>
    int VocabularySize { get; }

    /// <summary>Positions the model was made for, in tokens.</summary>
    int ContextLength { get; }

    /// <summary>Whether the output projection is the embedding table.</summary>
    bool TieWordEmbeddings { get; }

    /// <summary>Id that begins a text, or null.</summary>
    int? BosTokenId { get; }

    /// <summary>Ids that end a text; none, one or several.</summary>
    IReadOnlyList<int> EosTokenIds { get; }

    /// <summary>Number of parameters, tied ones counted once.</summary>
    long ParameterCount { get; }

    /// <summary>Those of them that are only looked up in and never multiplied with: tables of embeddings and positions. FLOP counts leave them out.</summary>
    long LookedUpParameterCount { get; }
}
