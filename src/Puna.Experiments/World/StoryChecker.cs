namespace Puna.Experiments.World;

/// <summary>
/// Reads a story back sentence by sentence with the shapes it was written with, follows what is true in the world, and
/// names the first sentence that breaks a rule.
/// </summary>
public static class StoryChecker
{
    /// <summary>Judges one story.</summary>
    /// <param name="text">The story, one paragraph.</param>
    public static StoryVerdict Check(string text)
    {
        var world = new WorldState();
        var number = 0;
        foreach (var sentence in Sentences(text.Trim()))
        {
            number++;
            if (Follow(world, sentence) is { } broken) return new(false, $"Sentence {number} (\"{sentence}\"): {broken}.");
        }
        if (number == 0) return new(false, "The story is empty.");
        return world.Ended ? new(true, null) : new(false, $"After sentence {number}: the ending is missing.");
    }

    private static string? Follow(WorldState world, string sentence)
    {
        if (!sentence.EndsWith('.')) return "the sentence is not finished";
        foreach (var word in sentence.Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries))
            if (!Grammar.Vocabulary.Contains(word)) return $"unknown word \"{word}\"";
        foreach (var rule in Grammar.Rules)
            foreach (var shape in rule.Shapes)
                if (shape.Read(sentence) is { } roles)
                    return rule.Happen(world, roles);
        return "no such sentence in this world";
    }

    private static IEnumerable<string> Sentences(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var stop = text.IndexOf(". ", start, StringComparison.Ordinal);
            var end = stop < 0 ? text.Length : stop + 1;
            yield return text[start..end];
            start = stop < 0 ? end : end + 1;
        }
    }
}
