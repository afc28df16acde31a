namespace Puna.Text.Jinja;

/// <summary>The words of a template, read one after the other.</summary>
internal sealed class TokenStream(List<Token> tokens, SourceText source)
{
    /// <summary>Deepest nesting of brackets, operators and blocks.</summary>
    public const int DeepestNesting = 200;

    private int _next;
    private int _depth;

    public Token Current => tokens[_next];

    public Token Following => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    public Token Take()
    {
        var token = tokens[_next];
        if (token.Kind != TokenKind.End) _next++;
        return token;
    }

    public bool Skip(string symbol)
    {
        if (!Current.Is(symbol)) return false;
        Take();
        return true;
    }

    public bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        Take();
        return true;
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Error($"{what} was expected here, and {Current.Shown} was found");

    public void Expect(string symbol)
    {
        if (!Skip(symbol)) throw Error($"'{symbol}' was expected here, and {Current.Shown} was found");
    }

    public InvalidDataException Error(string message) => source.Error(Current.Position, message);

    public InvalidDataException Error(int position, string message) => source.Error(position, message);

    /// <summary>Runs a rule one level deeper; the levels are bounded before the rule calls itself.</summary>
    public T Nested<T>(Func<T> rule)
    {
        if (_depth == DeepestNesting || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Error($"the template nests more than {DeepestNesting} levels deep here");
        _depth++;
        var result = rule();
        _depth--;
        return result;
    }
}
