using System.Text;

namespace Puna.Text;

/// <summary>The pre_tokenizer of a tokenizer.json.</summary>
/// <param name="Splitter">The rule; null for none.</param>
/// <param name="IsByteLevel">Whether the symbols are bytes.</param>
/// <param name="SpellsBytes">Whether words come out spelled in the <see cref="ByteAlphabet"/>.</param>
internal sealed record JsonSplits(PreTokenizer? Splitter, bool IsByteLevel, bool SpellsBytes)
{
    private const string Known = "Sequence, ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace and WhitespaceSplit";

    public static JsonSplits Read(JsonPart? part)
    {
        if (part is not { } root) return new JsonSplits(null, false, false);
        var steps = root.Steps("pretokenizers");
        var byteLevels = steps.Count(step => step.Type == "ByteLevel");
        if (byteLevels > 1) throw new InvalidDataException($"{root.Where}: ByteLevel stands there {byteLevels} times; once is enough.");
        var rules = new List<PreTokenizer>();
        var spellsBytes = false;
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Type != "ByteLevel")
            {
                rules.Add(Rule(steps[i]));
                continue;
            }
            PreTokenizer? rule = steps[i].Flag("use_regex", true) ? Gpt2Split.Instance : null;
            if (steps[i].Flag("add_prefix_space", true)) rule = new SpaceBefore(rule ?? new SequenceSplit([]));
            if (rule is not null) rules.Add(rule);
            // A rule behind ByteLevel sees its spelling; the merges then get words in it.
            spellsBytes = i + 1 < steps.Length;
            if (spellsBytes) rules.Add(new ByteSpelling());
        }
        return new JsonSplits(rules.Count switch { 0 => null, 1 => rules[0], _ => new SequenceSplit(rules) }, byteLevels > 0, spellsBytes);
    }

    private static PreTokenizer Rule(JsonPart step) => step.Type switch
    {
        "Split" => Split(step),
        "Metaspace" => Metaspace(step),
        "Digits" => step.Flag("individual_digits", false) ? RunSplit.SingleDigits : new RunSplit(Rune.IsNumber, SplitBehavior.Contiguous),
        "Punctuation" => new RunSplit(IsPunctuation, Behavior(step, "Isolated"), single: true),
        "Whitespace" => new SequenceSplit([new RunSplit(Rune.IsWhiteSpace, SplitBehavior.Removed), new RunSplit(IsWord)]),
        "WhitespaceSplit" => new RunSplit(Rune.IsWhiteSpace, SplitBehavior.Removed),
        _ => throw step.Unsupported(Known),
    };

    private static PreTokenizer Split(JsonPart step)
    {
        var (literal, regex) = JsonNormalizers.Pattern(step);
        var behavior = Behavior(step, null);
        var invert = step.Flag("invert", false);
        if (literal is not null) return new LiteralSplit(literal, behavior, invert);
        // These cover every text, so inverting or isolating them is the same.
        return behavior is not SplitBehavior.Isolated ? new RegexSplit(regex!, behavior, invert, step.Where) : regex switch
        {
            Llama3Split.Llama3Pattern => Llama3Split.Instance,
            Llama3Split.Qwen2Pattern => Llama3Split.Qwen2,
            Gpt2Split.Pattern => Gpt2Split.Instance,
            _ => new RegexSplit(regex!, behavior, invert, step.Where),
        };
    }

    private static MetaspaceSplit Metaspace(JsonPart step)
    {
        var scheme = step.Part("prepend_scheme")?.AsText() ?? (step.Flag("add_prefix_space", true) ? "always" : "never");
        if (scheme is not ("always" or "first" or "never")) throw new InvalidDataException($"{step.Where}.prepend_scheme: '{scheme}' is not always, first or never.");
        return new MetaspaceSplit(step.Part("replacement") is null ? TextNormalizer.Space : step.Character("replacement"), scheme, step.Flag("split", true));
    }

    private static SplitBehavior Behavior(JsonPart step, string? absent)
    {
        var name = step.Part("behavior")?.AsText() ?? absent ?? step.Text("behavior");
        return Enum.TryParse<SplitBehavior>(name, out var behavior) && Enum.IsDefined(behavior) ? behavior
            : throw new InvalidDataException($"{step.Where}.behavior: '{name}' is not one of {string.Join(", ", Enum.GetNames<SplitBehavior>())}.");
    }

    private static bool IsPunctuation(Rune rune) => Rune.IsPunctuation(rune) || (rune.IsAscii && (Rune.IsSymbol(rune) || Rune.IsPunctuation(rune)));

    // Letters, marks, decimal digits, connectors and the two joiners: what \w means to Unicode, but for a few hundred symbols that count as letters.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark
        or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark or System.Globalization.UnicodeCategory.DecimalDigitNumber
        or System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.ConnectorPunctuation;
}
