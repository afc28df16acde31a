using System.Net.Http.Headers;

namespace Puna.Hub;

/// <summary>An access token. It can be put into a request and taken out of a text, but not shown: it has no other way out.</summary>
public sealed class HubToken
{
    private const int MostCharacters = 4096;
    private readonly string _value;

    /// <summary>Takes a token as it was found; white space around it goes.</summary>
    /// <param name="value">The token.</param>
    /// <param name="source">Where it was found, for the sentence; the sentence never has the token.</param>
    /// <exception cref="InvalidDataException">It is empty, too long, or has characters that no token has.</exception>
    public HubToken(string value, string source)
    {
        _value = value.Trim();
        if (_value.Length is 0 or > MostCharacters || !_value.All(character => character is > ' ' and <= '~'))
            throw new InvalidDataException($"the token in {source} is not one: a token is a single word of letters, digits and signs");
        Source = source;
    }

    /// <summary>Where it was found: a variable or a file.</summary>
    public string Source { get; }

    /// <summary>The header that proves who asks.</summary>
    internal AuthenticationHeaderValue Header => new("Bearer", _value);

    /// <summary>A text that came from outside without the token in it.</summary>
    internal string RemoveFrom(string text) => text.Replace(_value, "…", StringComparison.Ordinal);

    /// <summary>Not the token.</summary>
    public override string ToString() => $"token from {Source}";
}
