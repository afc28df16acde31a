namespace Puna.Text;

/// <summary>How a byte-level vocabulary is trained.</summary>
public sealed record ByteLevelTrainerOptions
{
    /// <summary>Tokens in all: 256 bytes, merges, special tokens.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>The rule that cuts text into words, by its name in GGUF files: <c>llama-bpe</c> (Llama 3), <c>gpt-2</c>, <c>qwen2</c> and others.</summary>
    public string SplitRule { get; init; } = "llama-bpe";

    /// <summary>Special tokens, behind all others. Those with the usual names (<c>&lt;|begin_of_text|&gt;</c>, <c>&lt;|end_of_text|&gt;</c>, <c>&lt;|endoftext|&gt;</c>) begin and end texts.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|begin_of_text|>", "<|end_of_text|>"];

    /// <summary>Memory that counting words and learning from them may take, in bytes, about; at least 1 MiB. A tenth of it is for the counts: where they need more, the rarest words are
    /// dropped (<see cref="DroppedWords"/>).</summary>
    public long MemoryBytes { get; init; } = BpeTrainerOptions.DefaultMemory;

    /// <summary>Told once, after the text is read, where words were left out to stay within <see cref="MemoryBytes"/>.</summary>
    public Action<DroppedWords>? WhenDropped { get; init; }

    /// <summary>Threads that count, each a text; 0 for as many as there are processors. The vocabulary is the same for any number.</summary>
    public int Threads { get; init; }
}
