using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="ModelSection"/>.</summary>
internal static class ModelKeys
{
    public static RecipeKey[] All() =>
    [
        Whole("model.hidden_size", "width of the residual stream", r => r.Model.HiddenSize, (r, v) => r with { Model = r.Model with { HiddenSize = v } }, 1, null, "hidden_size", "n_embd", "dim"),
        Whole("model.intermediate_size", "inner width of the feed-forward", r => r.Model.IntermediateSize, (r, v) => r with { Model = r.Model with { IntermediateSize = v } }, 1, null, "intermediate_size"),
        Whole("model.num_hidden_layers", "transformer blocks", r => r.Model.LayerCount, (r, v) => r with { Model = r.Model with { LayerCount = v } }, 1, null, "num_hidden_layers", "n_layer", "n_layers"),
        Whole("model.num_attention_heads", "query heads", r => r.Model.HeadCount, (r, v) => r with { Model = r.Model with { HeadCount = v } }, 1, null, "num_attention_heads", "n_head", "n_heads"),
        Whole("model.num_key_value_heads", "key and value heads", r => r.Model.KeyValueHeadCount, (r, v) => r with { Model = r.Model with { KeyValueHeadCount = v } }, 1, "num_attention_heads", "num_key_value_heads", "n_kv_heads"),
        Whole("model.head_dim", "width of one head", r => r.Model.HeadDim, (r, v) => r with { Model = r.Model with { HeadDim = v } }, 1, "hidden_size / num_attention_heads", "head_dim"),
        Whole("model.max_position_embeddings", "positions the model is built for", r => r.Model.ContextLength, (r, v) => r with { Model = r.Model with { ContextLength = v } }, 1, "data.sequence_length", "max_position_embeddings"),
        Number("model.rope_theta", "base of the rotary angles", r => r.Model.RopeTheta, (r, v) => r with { Model = r.Model with { RopeTheta = v } }, NumberRange.Positive, "rope_theta"),
        Number("model.rms_norm_eps", "added to the mean square inside the normalisation", r => r.Model.RmsNormEps, (r, v) => r with { Model = r.Model with { RmsNormEps = v } }, NumberRange.Positive, "rms_norm_eps", "norm_eps"),
        Flag("model.tie_word_embeddings", "whether the output projection is the embedding table", r => r.Model.TieWordEmbeddings, (r, v) => r with { Model = r.Model with { TieWordEmbeddings = v } }, "tie_word_embeddings"),
        Number("model.dropout", "share of activations dropped in training", r => r.Model.Dropout, (r, v) => r with { Model = r.Model with { Dropout = v } }, NumberRange.BelowOne, "dropout"),
        Number("model.initializer_range", "standard deviation of the initial weights", r => r.Model.InitializerRange, (r, v) => r with { Model = r.Model with { InitializerRange = v } }, NumberRange.Positive, "initializer_range"),
    ];
}
