namespace Puna.Text;

/// <summary>The 256 special tokens behind Llama 3's ranks, by the names of Llama 3.1 and later. Source: meta-llama/llama-models, models/llama3/tokenizer.py.</summary>
internal static class Llama3Specials
{
    public const string Padding = "<|finetune_right_pad_id|>";

    public static string[] Names { get; } =
    [
        "<|begin_of_text|>", "<|end_of_text|>", Reserved(0), Reserved(1), Padding, Reserved(2), "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>",
        "<|eot_id|>", "<|python_tag|>", .. Enumerable.Range(3, 245).Select(Reserved),
    ];

    private static string Reserved(int number) => $"<|reserved_special_token_{number}|>";
}
