using System.CommandLine;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Options;

/// <summary>How a vocabulary is learned, in SentencePiece's words.</summary>
internal sealed class BpeOptions
{
    public const string ByteLevel = "byte-bpe", Unigram = "unigram";

    private readonly Option<int?> _vocabularySize = NumberOption.Whole("--vocab-size", "Pieces in all, special ones and bytes included (default 1000)", 2);
    private readonly Option<bool> _llama = new("--llama") { Description = "Llama's own options: byte fallback, single digits, text taken as it is; other options change single ones" };
    private readonly Option<bool?> _byteFallback = Flag("--byte-fallback", "Write characters outside the vocabulary as bytes (takes 256 pieces)");
    private readonly Option<bool?> _splitDigits = Flag("--split-digits", "Make every digit a piece of its own");
    private readonly Option<string?> _normalization = new("--normalization") { Description = "What happens to text first: identity or nmt_nfkc (default nmt_nfkc)", HelpName = "identity|nmt_nfkc" };
    private readonly Option<double?> _coverage = NumberOption.Real("--character-coverage", "Share of the text's characters that become pieces (default 0.9995)", 0, 1);
    private readonly Option<bool?> _dummyPrefix = Flag("--add-dummy-prefix", "Put a space before every text (default true)");
    private readonly Option<bool?> _extraSpaces = Flag("--remove-extra-whitespaces", "Remove leading, trailing and doubled spaces (default true)");
    private readonly Option<bool?> _spacePieces = Flag("--allow-whitespace-only-pieces", "Allow pieces of spaces alone");
    private readonly Option<string?> _splitRule = new("--split-rule") { Description = $"With --type {ByteLevel}: the rule that cuts text into words (default llama-bpe)", HelpName = "llama-bpe|gpt-2|qwen2|…" };
    private readonly Option<long?> _memory = SizeOption.Create("--memory", "Memory for counting words and learning, about; where it is too little, the rarest words are left out and it says so (default 1G)", BpeTrainerOptions.LeastMemory);
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string[]> _control = Symbols("--control-symbol", "A symbol that steers the model and is never made from text; may be given several times");
    private readonly Option<string[]> _user = Symbols("--user-defined-symbol", "A text that is always one piece; may be given several times");

    public void AddTo(Command command)
    {
        foreach (var option in All.Append(_splitRule).Concat(Counting)) command.Options.Add(option);
    }

    /// <summary>The options, or null for a tokenizer of characters, which has none.</summary>
    /// <exception cref="InvalidDataException">An unknown type, or options that its type does not have.</exception>
    public BpeTrainerOptions? Of(ParseResult parsed, string type)
    {
        if (type is not ("bpe" or Unigram or "char")) throw new InvalidDataException($"--type {type}: use bpe, {Unigram}, {ByteLevel} or char");
        if (type == "char")
        {
            var given = All.Append(_splitRule).Concat(Counting).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
            return given is null ? null : throw new InvalidDataException($"{given.Name} has no effect on --type char, whose pieces are the characters of the text; leave it out");
        }
        if (parsed.GetResult(_splitRule) is { Implicit: false }) throw new InvalidDataException($"{_splitRule.Name} has no effect on --type {type}, which cuts at spaces; leave it out");
        var defaults = parsed.GetValue(_llama) ? BpeTrainerOptions.Llama : new BpeTrainerOptions();
        return defaults with
        {
            VocabularySize = parsed.GetValue(_vocabularySize) ?? 1000,
            ByteFallback = parsed.GetValue(_byteFallback) ?? defaults.ByteFallback,
            SplitDigits = parsed.GetValue(_splitDigits) ?? defaults.SplitDigits,
            Normalization = parsed.GetValue(_normalization) ?? defaults.Normalization,
            CharacterCoverage = (float?)parsed.GetValue(_coverage) ?? defaults.CharacterCoverage,
            AddDummyPrefix = parsed.GetValue(_dummyPrefix) ?? defaults.AddDummyPrefix,
            RemoveExtraWhitespaces = parsed.GetValue(_extraSpaces) ?? defaults.RemoveExtraWhitespaces,
            AllowWhitespaceOnlyPieces = parsed.GetValue(_spacePieces) ?? defaults.AllowWhitespaceOnlyPieces,
            ControlSymbols = parsed.GetValue(_control)!,
            UserDefinedSymbols = parsed.GetValue(_user)!,
            MemoryBytes = parsed.GetValue(_memory) ?? defaults.MemoryBytes,
            Threads = parsed.GetValue(_threads) ?? ProcessorLimits.DefaultThreads(),
        };
    }

    /// <summary>The options of a byte-level vocabulary.</summary>
    /// <exception cref="InvalidDataException">Options that it does not have.</exception>
    public ByteLevelTrainerOptions ByteLevelOf(ParseResult parsed)
    {
        var given = All.Except([_vocabularySize, _control]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (given is not null) throw new InvalidDataException($"{given.Name} has no effect on --type {ByteLevel}, whose first tokens are the 256 bytes; leave it out");
        var defaults = new ByteLevelTrainerOptions();
        return defaults with
        {
            VocabularySize = parsed.GetValue(_vocabularySize) ?? 1000,
            SplitRule = parsed.GetValue(_splitRule) ?? defaults.SplitRule,
            SpecialTokens = [.. defaults.SpecialTokens, .. parsed.GetValue(_control)!],
            MemoryBytes = parsed.GetValue(_memory) ?? defaults.MemoryBytes,
            Threads = parsed.GetValue(_threads) ?? ProcessorLimits.DefaultThreads(),
        };
    }

    private Option[] All => [_vocabularySize, _llama, _byteFallback, _splitDigits, _normalization, _coverage, _dummyPrefix, _extraSpaces, _spacePieces, _control, _user];

    private Option[] Counting => [_memory, _threads];

    private static Option<bool?> Flag(string name, string description) => new(name) { Description = description, HelpName = "true|false", Arity = ArgumentArity.ZeroOrOne };

    private static Option<string[]> Symbols(string name, string description) => new(name) { Description = description, HelpName = "TEXT", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
}
