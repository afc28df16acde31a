using Puna.Text;

namespace Puna.Evaluation;

/// <summary>
/// A text in chunks as llama-perplexity cuts it: encoded once, with the begin symbol first where the model wants it, one line end at the end of a file
/// left out, and cut into chunks of N tokens, the shorter last one dropped. The model sees each chunk by itself, its first token replaced by the begin
/// symbol, and is scored on what it says after tokens N/2 … N − 2: N − 1 − ⌊N/2⌋ tokens a chunk. Seen in ggml-org/llama.cpp, tools/perplexity/perplexity.cpp.
/// </summary>
/// <param name="tokens">Count · N ids, as the text has them.</param>
/// <param name="size">N.</param>
internal sealed class TokenChunks(int[] tokens, int size)
{
    /// <summary>The least N with a token to score.</summary>
    public const int LeastSize = 3;

    /// <summary>All ids, chunk after chunk.</summary>
    public ReadOnlySpan<int> Tokens => tokens;

    /// <summary>Chunks.</summary>
    public int Count => tokens.Length / size;

    /// <summary>The first token of a chunk after which the model is scored.</summary>
    public int First => size / 2;

    /// <summary>Cuts texts, each by itself.</summary>
    /// <param name="tokenizer">Encodes.</param>
    /// <param name="begin">The begin symbol, where the model wants it.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="size">N.</param>
    /// <param name="most">At most so many chunks; 0 for all.</param>
    /// <exception cref="InvalidDataException">There is not one chunk, or N leaves nothing to score.</exception>
    public static TokenChunks Of(Tokenizer tokenizer, int? begin, IReadOnlyList<string> texts, int size, int most)
    {
        if (size < LeastSize) throw new InvalidDataException($"--context-length {size}: a chunk of fewer than {LeastSize} tokens has none to score");
        var (kept, longest) = (new List<int>(), 0);
        foreach (var text in texts)
        {
            var ids = tokenizer.Encode(text.EndsWith('\n') ? text[..^1] : text);
            if (begin is { } symbol) ids = [symbol, .. ids];
            longest = Math.Max(longest, ids.Length);
            kept.AddRange(ids.AsSpan(0, ids.Length / size * size));
        }
        if (kept.Count == 0) throw new InvalidDataException($"the text has {longest} tokens, less than one chunk of {size}; give a longer text or a smaller --context-length");
        if (most > 0 && kept.Count / size > most) kept.RemoveRange(most * size, kept.Count - (most * size));
        return new TokenChunks([.. kept], size);
    }

    /// <summary>What the model sees of each chunk: all tokens but the last, after which nothing is scored.</summary>
    public IReadOnlyList<ReadOnlyMemory<int>> Windows(int? begin)
    {
        var seen = (int[])tokens.Clone();
        if (begin is { } symbol)
            for (var i = 0; i < seen.Length; i += size) seen[i] = symbol;
        return [.. Enumerable.Range(0, Count).Select(chunk => (ReadOnlyMemory<int>)seen.AsMemory(chunk * size, size - 1))];
    }

    /// <summary>The token after a position of a chunk.</summary>
    public int Next(int chunk, int position) => tokens[(chunk * size) + position + 1];
}
