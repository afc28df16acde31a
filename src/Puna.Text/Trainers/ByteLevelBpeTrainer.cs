namespace Puna.Text;

/// <summary>
/// Learns a byte-level BPE vocabulary, in the form of GPT-2, Llama 3 and tiktoken: from the 256 bytes, the pair of tokens that is most frequent inside words becomes a token,
/// again and again; of equals the one whose ids are lower. Counts are 64 bits wide. The result depends on the words of the text and the options alone, not on the order of the texts.
/// Source: Radford et al., «Language models are unsupervised multitask learners», 2019, section 2.2.
/// </summary>
public static class ByteLevelBpeTrainer
{
    private const int Bytes = 256;

    /// <summary>Trains on texts.</summary>
    /// <param name="texts">The texts, with their line ends; each is cut by the rule on its own. Read once; what is kept is every different word and its count, within <see cref="ByteLevelTrainerOptions.MemoryBytes"/>.</param>
    /// <param name="options">What to learn.</param>
    /// <param name="progress">Receives the share of merges found, 0 to 1.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="InvalidDataException">An option is wrong, or the vocabulary is larger than the text allows; the sentence gives the limit.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static ByteLevelBpe Train(IEnumerable<string> texts, ByteLevelTrainerOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        BpeTrainerOptions.CheckMemory(options.MemoryBytes);
        var rule = SplitRule.Named(options.SplitRule, "The split rule");
        var wanted = options.VocabularySize - Bytes - options.SpecialTokens.Count;
        if (wanted < 0) throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too small: 256 bytes and {options.SpecialTokens.Count} special tokens are in it; take at least {Bytes + options.SpecialTokens.Count}.");
        if (options.SpecialTokens.FirstOrDefault(token => token.Length == 0 || options.SpecialTokens.Count(other => other == token) > 1) is { } bad)
            throw new InvalidDataException($"The special token '{bad}' is empty or given twice; name each token once.");
        // In the order of the alphabet's characters, as GPT-2's vocabulary has them.
        byte[][] alphabet = [.. Enumerable.Range(0, Bytes).OrderBy(value => ByteAlphabet.CharacterOf((byte)value)).Select(value => (byte[])[(byte)value])];
        var finder = new PairFinder(WordCounts.Of(texts, rule.Scanner, options, cancellation), alphabet);
        var tokens = alphabet.ToList();
        var merges = new MergeTable(wanted);
        while (tokens.Count < Bytes + wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!finder.TryJoin(tokens.Count, out var left, out var right))
                throw new InvalidDataException($"A vocabulary of {options.VocabularySize} is too large for this text: the largest possible is {tokens.Count + options.SpecialTokens.Count}; take that, or more text.");
            merges.Set(left, right, tokens.Count - Bytes, tokens.Count);
            tokens.Add([.. tokens[left], .. tokens[right]]);
            if (tokens.Count % 64 == 0) progress?.Report((tokens.Count - Bytes) / (double)wanted);
        }
        progress?.Report(1);
        return Make(tokens, merges, rule, options.SpecialTokens);
    }

    private static ByteLevelBpe Make(List<byte[]> tokens, MergeTable merges, SplitRule rule, IReadOnlyList<string> specials)
    {
        int? Id(params string[] names) => names.Select(name => specials.ToList().IndexOf(name)).Where(at => at >= 0).Select(at => (int?)(tokens.Count + at)).FirstOrDefault();
        return new ByteLevelBpe(new BpeParts
        {
            Name = "trained tokenizer",
            Pieces = [.. tokens.Select(token => ByteAlphabet.Spell(token)), .. specials],
            Merges = merges,
            Added = [.. specials.Select((content, i) => new AddedToken(tokens.Count + i, content, Special: true))],
            Splitter = rule.Scanner,
            Rule = rule,
            IgnoresMerges = rule.IgnoresMerges,
            BosId = Id("<|begin_of_text|>", "<|endoftext|>"),
            EosId = Id("<|end_of_text|>", "<|endoftext|>"),
            AddsBos = Id("<|begin_of_text|>") is not null,
        });
    }
}
