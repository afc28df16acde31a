using System.Text;

namespace Puna.Text;

/// <summary>
/// A split rule that is known: the names under which GGUF files ask for it (<c>tokenizer.ggml.pre</c>), the stages as regular expressions, and the scanner
/// that does the same. Source of names and stages: ggml-org/llama.cpp, src/llama-vocab.cpp (behaviour).
/// </summary>
/// <param name="Name">The first name.</param>
/// <param name="OtherNames">The others.</param>
/// <param name="Stages">Each is applied to the words that the one before left; what lies between its matches is a word too.</param>
/// <param name="Scanner">The same in code.</param>
/// <param name="IgnoresMerges">Whether a word that is a token is taken whole, whatever the merges say.</param>
internal sealed record SplitRule(string Name, string[] OtherNames, string[] Stages, PreTokenizer Scanner, bool IgnoresMerges = false)
{
    public static SplitRule Gpt2 { get; } = new("gpt-2", ["phi-2", "mpt", "olmo", "jais", "roberta-bpe"], [Gpt2Split.Pattern], Gpt2Split.Instance);

    public static SplitRule Llama3 { get; } = new("llama-bpe", ["llama3", "llama-v3", "falcon3"], [Llama3Split.Llama3Pattern], Llama3Split.Instance, IgnoresMerges: true);

    public static SplitRule Qwen2 { get; } = new("qwen2", ["stablelm2", "deepseek-r1-qwen", "megrez"], [Llama3Split.Qwen2Pattern], Llama3Split.Qwen2);

    private static SplitRule StarCoder { get; } = new("starcoder", ["refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"],
        [@"\p{N}", Gpt2Split.Pattern], new SequenceSplit([RunSplit.SingleDigits, Gpt2Split.Instance]));

    private static SplitRule Falcon { get; } = new("falcon", [], [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Split.Pattern, "[0-9][0-9][0-9]"],
        new SequenceSplit([new RunSplit(IsFalconSign), Gpt2Split.Instance, new ThreeDigits()]));

    private static SplitRule DeepSeekCoder { get; } = new("deepseek-coder", [], [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}"],
        new SequenceSplit(
        [
            new RunSplit(rune => rune.Value is '\r' or '\n', single: true), new RunSplit(Rune.IsLetter, takesSpace: true), new RunSplit(Rune.IsPunctuation, takesSpace: true),
            new RunSplit(rune => rune.Value is (>= 0x0800 and <= 0x9FA5) or (>= 0xAC00 and <= 0xD7FF)), RunSplit.SingleDigits,
        ]));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SplitRule> All { get; } = [Gpt2, Llama3, Qwen2, StarCoder, Falcon, DeepSeekCoder];

    /// <summary>The rule that a GGUF file names.</summary>
    /// <exception cref="InvalidDataException">None is known by this name: a guess would give wrong ids without a word.</exception>
    public static SplitRule Named(string pre, string name) => All.FirstOrDefault(rule => rule.Name == pre || rule.OtherNames.Contains(pre))
        ?? throw new InvalidDataException($"{name}: the pre-tokenizer '{pre}' (tokenizer.ggml.pre) is not known; this build knows {string.Join(", ", All.Select(rule => rule.Name))}.");

    private static bool IsFalconSign(Rune rune) => Rune.IsPunctuation(rune) || (rune.IsAscii && "$+<=>^~|`".Contains((char)rune.Value));

    /// <summary>ASCII digits in threes; one or two that are left stay as they are.</summary>
    private sealed class ThreeDigits() : MatchSplit(SplitBehavior.Isolated)
    {
        protected override bool Next(ReadOnlySpan<char> text, ref object? state, int from, out int start, out int length)
        {
            for ((start, length) = (from, 3); start + 3 <= text.Length; start++)
                if (text.Slice(start, 3).IndexOfAnyExceptInRange('0', '9') < 0) return true;
            (start, length) = (text.Length, 0);
            return false;
        }
    }
}
