using System.Text.Json;

namespace Puna.Text;

/// <summary>What tokenizer_config.json says about special tokens, as far as a chat template sees it. What is null is as the tokenizer has it.</summary>
/// <param name="Bos">Spelling of the symbol that begins a sequence.</param>
/// <param name="Eos">Spelling of the symbol that ends one.</param>
/// <param name="AddBos"><c>add_bos_token</c>: whether a sequence begins with the begin symbol also where the template writes none.</param>
/// <param name="Additional"><c>additional_special_tokens</c>.</param>
public sealed record ChatTokens(string? Bos = null, string? Eos = null, bool? AddBos = null, IReadOnlyList<string>? Additional = null)
{
    /// <summary>All as the tokenizer has it.</summary>
    public static ChatTokens OfTokenizer { get; } = new();

    internal static ChatTokens Read(JsonElement config) => new(
        Spelling(config, "bos_token"),
        Spelling(config, "eos_token"),
        config.TryGetProperty("add_bos_token", out var add) && add.ValueKind is JsonValueKind.True or JsonValueKind.False ? add.GetBoolean() : null,
        config.TryGetProperty("additional_special_tokens", out var more) && more.ValueKind == JsonValueKind.Array && more.GetArrayLength() > 0
            ? [.. more.EnumerateArray().Select(Spelling).OfType<string>()] : null);

    private static string? Spelling(JsonElement config, string name) => config.TryGetProperty(name, out var token) ? Spelling(token) : null;

    // A token is its spelling, or an object that holds it.
    private static string? Spelling(JsonElement token) => token.ValueKind switch
    {
        JsonValueKind.String => token.GetString(),
        JsonValueKind.Object when token.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };
}
