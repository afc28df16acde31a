namespace Puna.Text;

/// <summary>What a built-in template asks of a conversation and a tokenizer, checked before it is rendered so that the sentence names the turn.</summary>
internal sealed record ChatRules
{
    /// <summary>The roles that the template writes.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Whether an optional system turn must be followed by user and assistant in turn. A turn of the role <c>input</c> belongs to the user's before it.</summary>
    public bool Alternates { get; init; }

    /// <summary>What the template writes as ordinary text; in a message it could not be told from the template's own.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Control symbols that the tokenizer must have.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    /// <summary>The symbol that ends an answer; null for the tokenizer's end symbol.</summary>
    public string? End { get; init; }

    /// <exception cref="InvalidDataException">A rule is broken; the sentence says which.</exception>
    public void Check(string name, Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        foreach (var symbol in Symbols) Symbol(name, tokenizer, symbol);
        if (End is null) EndId(name, tokenizer);
        for (var i = 0; i < turns.Count; i++)
        {
            if (!Roles.Contains(turns[i].Role))
                throw new InvalidDataException($"Turn {i + 1} has the role '{turns[i].Role}'; the chat template {name} knows {string.Join(", ", Roles)}.");
            if (Alternates && !Fits(turns, i))
                throw new InvalidDataException($"Turn {i + 1} is of the role '{turns[i].Role}' {(i == 0 ? "and the first" : $"after '{turns[i - 1].Role}'")}; the chat template {name} needs an optional system turn, then user and assistant in turn.");
            // A tokenizer that has the tag as a control symbol keeps it out of messages by itself.
            if (Tags.FirstOrDefault(tag => turns[i].Content.Contains(tag, StringComparison.Ordinal) && !(tokenizer.TryGetId(tag, out var id) && tokenizer.IsControl(id))) is { } tag)
                throw new InvalidDataException($"Turn {i + 1} holds the tag {tag}, which the chat template {name} writes itself; remove it from the content.");
        }
        if (Alternates && addGenerationPrompt && (turns.Count == 0 || turns[^1].Role is not ("user" or "input")))
            throw new InvalidDataException($"The chat template {name} lets the assistant speak after a user's turn only, and the last turn is {(turns.Count == 0 ? "missing" : $"of the role '{turns[^1].Role}'")}; end with a user's turn.");
    }

    /// <summary>The id that ends an answer.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public int EndId(string name, Tokenizer tokenizer) => End is not null ? Symbol(name, tokenizer, End) : tokenizer.EosId
        ?? throw new InvalidDataException($"The chat template {name} ends an answer with the tokenizer's end symbol, and the tokenizer of {tokenizer.VocabularySize} pieces has none; choose another tokenizer or template.");

    private static bool Fits(IReadOnlyList<ChatTurn> turns, int i)
    {
        var before = i == 0 ? "" : turns[i - 1].Role;
        return turns[i].Role switch
        {
            "system" => i == 0,
            "user" => before is "" or "system" or "assistant",
            "input" => before == "user",
            _ => before is "user" or "input",
        };
    }

    private static int Symbol(string name, Tokenizer tokenizer, string piece)
    {
        if (tokenizer.TryGetId(piece, out var id) && tokenizer.IsControl(id)) return id;
        throw new InvalidDataException($"The chat template {name} needs the control symbol {piece}, which the tokenizer of {tokenizer.VocabularySize} pieces does not have; train the tokenizer with it, or choose another template.");
    }
}
