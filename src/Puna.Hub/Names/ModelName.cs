namespace Puna.Hub;

/// <summary>The name of a model on a hub: <c>owner/name</c>, or <c>name</c> alone as the oldest ones have it. Source: huggingface_hub's rule for repository ids.</summary>
/// <param name="Owner">A user or an organisation; null for the oldest models.</param>
/// <param name="Name">The model's own name.</param>
public sealed record ModelName(string? Owner, string Name)
{
    private const int Most = 96;

    /// <summary>Reads a name.</summary>
    /// <exception cref="InvalidDataException">It is not one.</exception>
    public static ModelName Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length is < 1 or > 2 || text.Length > Most || !parts.All(IsPart) || text.EndsWith(".git", StringComparison.Ordinal))
            throw new InvalidDataException($"'{HubText.Clean(text, Most)}' is not the name of a model: use OWNER/NAME, of letters, digits, '-', '_' and '.', at most {Most} in all");
        return new ModelName(parts.Length == 2 ? parts[0] : null, parts[^1]);
    }

    /// <summary>As the hub writes it.</summary>
    public override string ToString() => Owner is null ? Name : $"{Owner}/{Name}";

    private static bool IsPart(string part) => part.Length > 0 && part.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
        && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.') && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);
}
