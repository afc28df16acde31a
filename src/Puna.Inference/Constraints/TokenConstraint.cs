using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>One output under a <see cref="CompiledGrammar"/>: the state after each of its tokens.</summary>
internal sealed class TokenConstraint : ITokenConstraint
{
    private readonly CompiledGrammar _grammar;
    private readonly bool _atStart;
    private readonly List<int> _tokens;
    private readonly List<GrammarState?> _states; // after each token; null after a stop id

    public TokenConstraint(CompiledGrammar grammar, bool atStart)
        : this(grammar, atStart, [], [])
    {
    }

    private TokenConstraint(CompiledGrammar grammar, bool atStart, List<int> tokens, List<GrammarState?> states) => (_grammar, _atStart, _tokens, _states) = (grammar, atStart, tokens, states);

    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    public bool MayEnd => State is null or { MayEnd: true };

    public TokenMask Allowed
    {
        get
        {
            lock (_grammar.Machine.Lock)
            {
                if (State is not { } state) return _grammar.Nothing;
                return IsFirst ? _grammar.MaskAtStart() : _grammar.MaskOf(state);
            }
        }
    }

    private GrammarState? State => _states.Count == 0 ? _grammar.Machine.Start : _states[^1];

    private bool IsFirst => _atStart && _tokens.Count == 0;

    public void Accept(int token)
    {
        lock (_grammar.Machine.Lock)
        {
            _grammar.Machine.Forget();
            var state = State;
            if (_grammar.IsStop(token))
            {
                if (state is not { MayEnd: true }) throw Refused(token, "the text may not end");
                _states.Add(null);
            }
            else
            {
                if ((uint)token >= (uint)_grammar.VocabularySize) throw Refused(token, "it is not in the vocabulary");
                var text = IsFirst ? _grammar.Trie.TextAtStart(token) : _grammar.Trie.Text(token);
                _states.Add((text.IsEmpty ? null : state?.Next(text)) ?? throw Refused(token, "its text may not come"));
            }
            _tokens.Add(token);
        }
    }

    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _tokens.Count);
        _tokens.RemoveRange(count, _tokens.Count - count);
        _states.RemoveRange(count, _states.Count - count);
    }

    public ITokenConstraint Fork() => new TokenConstraint(_grammar, _atStart, [.. _tokens], [.. _states]);

    private InvalidOperationException Refused(int token, string why) => new($"{_grammar.Name}: token {token} is not allowed behind the {_tokens.Count} tokens so far: {why}");
}
