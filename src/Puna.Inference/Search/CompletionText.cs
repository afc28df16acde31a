using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>Text of a continuation.</summary>
internal static class CompletionText
{
    /// <summary>What ids say behind a prompt: the prompt decides whether a leading space is text.</summary>
    public static string Of(Tokenizer tokenizer, IReadOnlyList<int> prompt, IReadOnlyList<int> ids)
    {
        var decoder = tokenizer.CreateDecoder();
        foreach (var id in prompt) decoder.Append(id);
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }

    /// <summary>The text before the first stop string.</summary>
    public static string Cut(string text, IReadOnlyList<string> stops)
    {
        var sequences = new StopSequences(stops);
        return sequences.Push(text) + sequences.Finish();
    }
}
