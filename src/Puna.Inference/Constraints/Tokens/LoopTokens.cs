namespace Puna.Inference;

/// <summary>
/// What the vocabulary can do inside a loop such as the characters of a string, whatever stands around the loop and however often it has turned: the tokens that stay
/// in it with the turns they need, and the places where a byte leads out of it. Nearly all tokens are allowed inside strings, so this is the work that must not be done
/// again for every state. The idea of splitting tokens by what depends on context is that of Dong et al., «XGrammar», 2024, section 3; the split by turns is for counted loops.
/// </summary>
internal sealed class LoopTokens
{
    private readonly List<(int Token, int Turns)> _stays = [];
    private readonly List<(int Node, int Turns)>?[] _leaves = new List<(int, int)>?[256];
    private readonly TokenMask _all;

    /// <summary>Walks the whole tree inside the loop.</summary>
    /// <param name="machine">The machine; its lock is held.</param>
    /// <param name="body">What is repeated.</param>
    /// <param name="loop">The repetition of it, any number of times.</param>
    /// <param name="trie">The vocabulary.</param>
    public LoopTokens(GrammarMachine machine, GrammarNode body, GrammarNode loop, TokenTrie trie)
    {
        _all = new TokenMask(trie.VocabularySize);
        var again = machine.Push(loop, machine.Nowhere);
        var start = machine.State([again]);
        First = machine.State([machine.Push(body, machine.Nowhere)]).First;
        IsExact = !body.IsNullable;
        var (states, turns) = (new GrammarState[trie.Height + 1], new int[trie.Height + 1]);
        states[0] = start;
        for (var node = 0; node < trie.Count && IsExact;)
        {
            var depth = trie.Depths[node];
            var before = states[depth - 1];
            var state = before.Next(trie.Labels[node]);
            if (state is null)
            {
                if (before == start) (_leaves[trie.Labels[node]] ??= []).Add((node, turns[depth - 1]));
                node = trie.Ends[node];
                continue;
            }
            // two readings that differ in where they are cannot be told apart by one number
            IsExact = state == start || Array.IndexOf(state.Kernel, again) < 0;
            (states[depth], turns[depth]) = (state, turns[depth - 1] + (state == start ? 1 : 0));
            for (var token = trie.Tokens[node]; token >= 0; token = trie.NextSame(token))
            {
                _stays.Add((token, turns[depth] + (state == start ? 0 : 1)));
                _all.Add(token);
            }
            node++;
        }
        _stays.Sort(static (a, b) => a.Turns.CompareTo(b.Turns));
    }

    /// <summary>Whether the number of turns is certain for every text, so that the rest of this can be relied on.</summary>
    public bool IsExact { get; }

    /// <summary>The bytes with which a turn begins.</summary>
    public ByteSet First { get; }

    /// <summary>Adds the tokens that stay inside with at most so many turns.</summary>
    public void AddStaying(TokenMask mask, int most)
    {
        if (most == Grammar.Unlimited || _stays.Count == 0 || _stays[^1].Turns <= most)
        {
            mask.Add(_all);
            return;
        }
        foreach (var (token, turns) in _stays)
        {
            if (turns > most) break;
            mask.Add(token);
        }
    }

    /// <summary>The nodes behind a byte that leads out of the loop, with the turns made before.</summary>
    public IReadOnlyList<(int Node, int Turns)> Leaving(int value) => _leaves[value] ?? [];
}
