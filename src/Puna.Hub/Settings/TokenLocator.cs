namespace Puna.Hub;

/// <summary>
/// Finds the token where users keep it: HF_TOKEN, the older HUGGING_FACE_HUB_TOKEN, the same names in a <c>.env</c> file of the current folder, and the file that
/// Hugging Face's own tools write at login (HF_TOKEN_PATH, else <c>token</c> in HF_HOME, else in <c>huggingface</c> of the user's cache).
/// Source: huggingface_hub's documentation of environment variables.
/// </summary>
public static class TokenLocator
{
    private const long MostBytes = 1 << 20;
    private static readonly string[] Variables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

    /// <summary>The token; null where there is none.</summary>
    /// <param name="variable">Gives the environment's variables.</param>
    /// <param name="folder">The folder whose <c>.env</c> is read.</param>
    /// <exception cref="InvalidDataException">There is one that cannot be a token.</exception>
    public static HubToken? Find(Func<string, string?> variable, string folder)
    {
        foreach (var name in Variables)
            if (variable(name) is { } value && !string.IsNullOrWhiteSpace(value)) return new HubToken(value, name);
        var dotenv = Path.Combine(folder, ".env");
        if (ReadSmall(dotenv) is { } text && FromDotenv(text) is { } found) return new HubToken(found, ".env");
        var file = TokenPath(variable);
        return ReadSmall(file) is { } token && !string.IsNullOrWhiteSpace(token) ? new HubToken(token, file) : null;
    }

    private static string TokenPath(Func<string, string?> variable)
    {
        if (Given(variable, "HF_TOKEN_PATH") is { } path) return path;
        var home = Given(variable, "HF_HOME") ?? Path.Combine(Given(variable, "XDG_CACHE_HOME") ?? Path.Combine(UserCache.Home, ".cache"), "huggingface");
        return Path.Combine(home, "token");
    }

    private static string? Given(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } value ? UserCache.Expand(value) : null;

    /// <summary>Lines <c>NAME=value</c>, perhaps with <c>export</c> before, quotes around the value or a remark behind it.</summary>
    private static string? FromDotenv(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var entry = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line;
            var equals = entry.IndexOf('=');
            if (equals <= 0 || entry[0] == '#') continue;
            var value = entry[(equals + 1)..].Trim();
            if (value.Length > 1 && value[0] is '"' or '\'' && value.IndexOf(value[0], 1) is > 0 and var end) value = value[1..end];
            else if (value.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var remark) value = value[..remark].TrimEnd();
            values[entry[..equals].Trim()] = value;
        }
        return Variables.Select(name => values.GetValueOrDefault(name)).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
    }

    private static string? ReadSmall(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MostBytes ? File.ReadAllText(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // one that cannot be read is none; what needs a token says so
        }
    }
}
