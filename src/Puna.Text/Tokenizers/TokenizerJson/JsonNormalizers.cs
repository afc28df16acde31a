namespace Puna.Text;

/// <summary>The normalizer of a tokenizer.json.</summary>
internal static class JsonNormalizers
{
    private const string Known = "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip and StripAccents";

    public static TextStep? Read(JsonPart? part) => part is { } root ? root.Steps("normalizers") is var steps && steps.Length == 1 ? Step(steps[0]) : new StepSequence([.. steps.Select(Step)]) : null;

    private static TextStep Step(JsonPart step) => step.Type switch
    {
        "Prepend" => step.Text("prepend") is { Length: <= 64 } prefix ? new PrependStep(prefix) : throw new InvalidDataException($"{step.Where}.prepend: the text is longer than 64 characters."),
        "Replace" => Replace(step),
        "NFC" => new UnicodeFormStep(compose: true, compatibility: false),
        "NFD" => new UnicodeFormStep(compose: false, compatibility: false),
        "NFKC" => new UnicodeFormStep(compose: true, compatibility: true),
        "NFKD" => new UnicodeFormStep(compose: false, compatibility: true),
        "Lowercase" => new LowercaseStep(),
        "Strip" => new StripStep(step.Flag("strip_left", true), step.Flag("strip_right", true)),
        "StripAccents" => new StripAccentsStep(),
        _ => throw step.Unsupported(Known),
    };

    private static TextStep Replace(JsonPart step)
    {
        var (literal, regex) = Pattern(step);
        var content = step.Text("content");
        if (literal is not null) return new ReplaceStep(literal, content);
        // The runtime's engine sees halves of characters beyond U+FFFF, which a set that leaves characters out could take apart.
        if (regex!.Contains("[^") || regex.Contains('.') || regex.Contains("\\P") || regex.Contains("\\S") || regex.Contains("\\D") || regex.Contains("\\p"))
            throw new InvalidDataException($"{step.Where}: the regular expression '{regex}' is not run in a normaliser by this build; it runs those of single characters, sets of them and \\s.");
        return new ReplaceMatchesStep(RegexSplit.Compile(regex, step.Where), content);
    }

    /// <summary>A pattern as tokenizer.json has it: a text or a regular expression; the other is null.</summary>
    internal static (string? Literal, string? Regex) Pattern(JsonPart step)
    {
        var pattern = step.Needed("pattern");
        if (pattern.Part("Regex") is { } regex) return (null, regex.AsText());
        var literal = pattern.Text("String");
        return literal.Length > 0 ? (literal, null) : throw new InvalidDataException($"{pattern.Where}: the text to look for is empty.");
    }
}
