using System.Text.RegularExpressions;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>Finds where a number that is infinite or none came into being, in Meta's names of modules.</summary>
internal static partial class NonFinite
{
    private const int Chunk = 1 << 20;

    /// <summary>Whether a tensor holds such a number.</summary>
    public static unsafe bool IsIn(Tensor tensor)
    {
        for (long first = 0; first < tensor.Count; first += Chunk)
        {
            var count = (int)Math.Min(Chunk, tensor.Count - first);
            var found = tensor.DType switch
            {
                DType.Float64 => HasDouble(new ReadOnlySpan<double>((double*)tensor.Data + first, count)),
                DType.BFloat16 => HasBFloat16(new ReadOnlySpan<ushort>((ushort*)tensor.Data + first, count)),
                _ => HasFloat(new ReadOnlySpan<float>((float*)tensor.Data + first, count)),
            };
            if (found) return true;
        }
        GC.KeepAlive(tensor);
        return false;
    }

    /// <summary>The parameter at which the backward pass first had such a gradient: the last one in forward order, since all before it inherit from it. Null where all are finite.</summary>
    public static Parameter? Gradient(IReadOnlyList<Parameter> parameters) => parameters.LastOrDefault(parameter => parameter.Tensor.Gradient is { } gradient && IsIn(gradient));

    /// <summary>The module of a parameter: <c>model.layers.3.mlp.up_proj.weight</c> belongs to <c>layers.3.feed_forward</c>. An unknown name is its own.</summary>
    public static string ModuleOf(string parameter)
    {
        if (Layer().Match(parameter) is not { Success: true } match)
            return parameter switch { "model.embed_tokens.weight" => "tok_embeddings", "model.norm.weight" => "norm", "lm_head.weight" => "output", _ => parameter };
        var module = match.Groups[2].Value switch { "self_attn" => "attention", "mlp" => "feed_forward", "input_layernorm" => "attention_norm", "post_attention_layernorm" => "ffn_norm", var other => other };
        return $"layers.{match.Groups[1].Value}.{module}";
    }

    private static bool HasFloat(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value)) return true;
        return false;
    }

    private static bool HasBFloat16(ReadOnlySpan<ushort> values)
    {
        const int Exponent = 0x7F80;
        foreach (var value in values)
            if ((value & Exponent) == Exponent) return true;
        return false;
    }

    private static bool HasDouble(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
            if (!double.IsFinite(value)) return true;
        return false;
    }

    [GeneratedRegex(@"^model\.layers\.(\d+)\.([^.]+)\.")]
    private static partial Regex Layer();
}
