using Puna.Experiments.Suspects;
using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="ModelSection"/>.</summary>
internal static class ModelKeys
{
    public static RecipeKey[] All() =>
    [
        Choice("model.architecture", "kind of network", [("llama", ModelArchitecture.Llama), ("gpt2", ModelArchitecture.Gpt2)], r => r.Model.Architecture, (r, v) => r with { Model = r.Model with { Architecture = v } }, "architecture", "model_type"),
        Whole("model.hidden_size", "width of the residual stream", r => r.Model.HiddenSize, (r, v) => r with { Model = r.Model with { HiddenSize = v } }, 1, null, "hidden_size", "n_embd", "dim"),
        Whole("model.intermediate_size", "inner width of the feed-forward", r => r.Model.IntermediateSize, (r, v) => r with { Model = r.Model with { IntermediateSize = v } }, 1, "352; 4 × hidden_size in a gpt2", "intermediate_size", "n_inner"),
        Whole("model.num_hidden_layers", "transformer blocks", r => r.Model.LayerCount, (r, v) => r with { Model = r.Model with { LayerCount = v } }, 1, null, "num_hidden_layers", "n_layer", "n_layers"),
        Whole("model.num_attention_heads", "query heads", r => r.Model.HeadCount, (r, v) => r with { Model = r.Model with { HeadCount = v } }, 1, null, "num_attention_heads", "n_head", "n_heads"),
        Whole("model.num_key_value_heads", "key and value heads", r => r.Model.KeyValueHeadCount, (r, v) => r with { Model = r.Model with { KeyValueHeadCount = v } }, 1, "num_attention_heads", "num_key_value_heads", "n_kv_heads"),
        Whole("model.head_dim", "width of one head", r => r.Model.HeadDim, (r, v) => r with { Model = r.Model with { HeadDim = v } }, 1, "hidden_size / num_attention_heads", "head_dim"),
        Whole("model.max_position_embeddings", "positions the model is built for", r => r.Model.ContextLength, (r, v) => r with { Model = r.Model with { ContextLength = v } }, 1, "data.sequence_length", "max_position_embeddings", "n_positions"),
        Number("model.rope_theta", "base of the rotary angles", r => r.Model.RopeTheta, (r, v) => r with { Model = r.Model with { RopeTheta = v } }, NumberRange.Positive, "rope_theta"),
        Number("model.rms_norm_eps", "added to the mean square inside the normalisation", r => r.Model.RmsNormEps, (r, v) => r with { Model = r.Model with { RmsNormEps = v } }, NumberRange.Positive, "rms_norm_eps", "norm_eps", "layer_norm_epsilon"),
        Flag("model.tie_word_embeddings", "whether the output projection is the embedding table (true in a gpt2 unless given)", r => r.Model.TieWordEmbeddings, (r, v) => r with { Model = r.Model with { TieWordEmbeddings = v } }, "tie_word_embeddings"),
        Number("model.dropout", "share of activations dropped in training: embeddings and residual branches", r => r.Model.Dropout, (r, v) => r with { Model = r.Model with { Dropout = v } }, NumberRange.BelowOne, "dropout"),
        Number("model.attention_dropout", "share of attention weights dropped in training", r => r.Model.AttentionDropout, (r, v) => r with { Model = r.Model with { AttentionDropout = v } }, NumberRange.BelowOne, "attention_dropout", "attn_pdrop"),
        Number("model.initializer_range", "standard deviation of the initial weights", r => r.Model.InitializerRange, (r, v) => r with { Model = r.Model with { InitializerRange = v } }, NumberRange.Positive, "initializer_range"),
        Choice("model.defect", "a deliberate mistake to study, see docs/reproductions.md", ModelDefects.Names, r => r.Model.Defect, (r, v) => r with { Model = r.Model with { Defect = v } }),
        Choice("model.defect_scope", "when that mistake is there", ModelDefects.Scopes, r => r.Model.DefectScope, (r, v) => r with { Model = r.Model with { DefectScope = v } }),
    ];
}
