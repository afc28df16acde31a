namespace Puna.Text;

/// <summary>The added_tokens of a tokenizer.json.</summary>
internal static class JsonAddedTokens
{
    public static AddedToken[] Read(JsonPart root)
    {
        if (root.Part("added_tokens") is null) return [];
        AddedToken[] tokens = [.. root.Items("added_tokens").Select(Token)];
        var seen = new Dictionary<int, AddedToken>();
        foreach (var token in tokens)
            if (!seen.TryAdd(token.Id, token)) throw new InvalidDataException($"{root.Where}.added_tokens: the id {token.Id} is given to '{seen[token.Id].Content}' and to '{token.Content}'; an id belongs to one token.");
        return tokens;
    }

    private static AddedToken Token(JsonPart item)
    {
        var content = item.Text("content");
        if (content.Length == 0) throw new InvalidDataException($"{item.Where}: the content is empty; a token has at least one character.");
        var special = item.Flag("special", false);
        return new AddedToken(item.Number("id"), content, special, item.Flag("lstrip", false), item.Flag("rstrip", false), item.Flag("single_word", false), item.Flag("normalized", !special));
    }
}
