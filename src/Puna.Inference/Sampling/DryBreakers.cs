using System.Runtime.CompilerServices;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// Strings across which <see cref="Dry"/> counts no repetition. They are looked for in the text of the tokens, so it does not matter how a tokenizer cuts them; a breaker
/// that begins or ends inside a character of several byte tokens is not seen. Never changes after it is made.
/// </summary>
public sealed class DryBreakers
{
    /// <summary>llama.cpp's.</summary>
    public static readonly IReadOnlyList<string> Default = ["\n", ":", "\"", "*"];

    private static readonly ConditionalWeakTable<Tokenizer, string[]> Texts = [];
    private readonly string[] _texts;
    private readonly string[] _breakers;
    private readonly bool[] _hasOne;

    /// <summary>Breakers for a tokenizer's ids.</summary>
    /// <exception cref="InvalidDataException">A breaker is empty.</exception>
    public DryBreakers(Tokenizer tokenizer, IEnumerable<string> breakers)
    {
        _breakers = [.. breakers];
        Check(_breakers);
        _texts = _breakers.Length == 0 ? [] : Texts.GetValue(tokenizer, TextsOf);
        _hasOne = [.. _texts.Select(text => _breakers.Any(breaker => text.Contains(breaker, StringComparison.Ordinal)))];
    }

    private DryBreakers() => (_texts, _breakers, _hasOne) = ([], [], []);

    /// <summary>No breakers; for any ids.</summary>
    public static DryBreakers None { get; } = new();

    /// <summary>Says no to strings that cannot be breakers.</summary>
    /// <exception cref="InvalidDataException">One is empty.</exception>
    public static void Check(IEnumerable<string> breakers)
    {
        if (breakers.Contains("")) throw new InvalidDataException("a sequence breaker of DRY must not be empty: it would stand everywhere");
    }

    /// <summary>Whether the token's own text has a breaker in it.</summary>
    public bool Has(int token) => (uint)token < (uint)_hasOne.Length && _hasOne[token];

    /// <summary>How many tokens follow the one in which the last breaker ends; all of them where there is none.</summary>
    public int TokensBehindLast(ReadOnlySpan<int> tokens)
    {
        if (_breakers.Length == 0) return tokens.Length;
        for (var i = tokens.Length - 1; i >= 0; i--)
        {
            var behind = int.MaxValue;
            for (var offset = 0; offset < Text(tokens[i]).Length; offset++)
            {
                foreach (var breaker in _breakers)
                    if (End(tokens, i, offset, breaker) is var end and >= 0) behind = Math.Min(behind, tokens.Length - 1 - end);
            }
            if (behind < int.MaxValue) return behind;
        }
        return tokens.Length;
    }

    /// <summary>The token in which a breaker that begins at this place ends, or −1 where none begins.</summary>
    private int End(ReadOnlySpan<int> tokens, int token, int offset, string breaker)
    {
        var text = Text(tokens[token]);
        foreach (var character in breaker)
        {
            while (offset == text.Length)
            {
                if (++token == tokens.Length) return -1;
                (text, offset) = (Text(tokens[token]), 0);
            }
            if (text[offset++] != character) return -1;
        }
        return token;
    }

    private string Text(int token) => (uint)token < (uint)_texts.Length ? _texts[token] : "";

    private static string[] TextsOf(Tokenizer tokenizer)
    {
        var decoder = tokenizer.CreateDecoder();
        var texts = new string[tokenizer.VocabularySize];
        for (var id = 0; id < texts.Length; id++)
        {
            decoder.Append(id); // the first token of a text may lose its space, the second shows it
            texts[id] = decoder.Append(id) + decoder.Flush();
        }
        return texts;
    }
}
