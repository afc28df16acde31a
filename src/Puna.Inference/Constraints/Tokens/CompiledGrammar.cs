using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A grammar made ready for a vocabulary and its stop ids: the machine over bytes, and the tokens allowed in each of its states, found when they are first wanted.
/// Any number of sequences may use one, from any threads; each has its own <see cref="TokenConstraint"/>.
/// </summary>
public sealed class CompiledGrammar
{
    private const int FewContinuations = 4;
    private const int ManyBytes = 32;
    private const long MostMaskBytes = 256 << 20;
    private readonly Dictionary<GrammarNode, LoopTokens> _loops = [];
    private readonly int[] _stopIds;
    private TokenMask? _startMask;
    private long _maskBytes;

    internal CompiledGrammar(Grammar grammar, Tokenizer tokenizer, IEnumerable<int> stopIds)
    {
        Name = grammar.Name;
        Trie = TokenTrie.Of(tokenizer);
        Machine = new GrammarMachine(Utf8Spelling.ToBytes(grammar, Trie.Spellable));
        _stopIds = [.. stopIds.Where(id => id >= 0 && id < Trie.VocabularySize).Distinct()];
        if (_stopIds.Length == 0) throw new InvalidDataException($"{Name}: the model has no symbol that ends a text, and without one constrained output could never end.");
        Nothing = new TokenMask(Trie.VocabularySize);
    }

    /// <summary>What errors call the grammar.</summary>
    public string Name { get; }

    /// <summary>V of the tokenizer.</summary>
    public int VocabularySize => Trie.VocabularySize;

    internal GrammarMachine Machine { get; }

    internal TokenTrie Trie { get; }

    /// <summary>No token.</summary>
    internal TokenMask Nothing { get; }

    /// <summary>The state of a new output.</summary>
    /// <param name="prompt">What the model has read: whether a SentencePiece token loses its leading space depends on it.</param>
    public ITokenConstraint Start(ReadOnlySpan<int> prompt = default) => new TokenConstraint(this, Trie.IsAtStart(prompt));

    internal bool IsStop(int id) => Array.IndexOf(_stopIds, id) >= 0;

    /// <summary>The tokens allowed in a state. The machine's lock is held.</summary>
    internal TokenMask MaskOf(GrammarState state)
    {
        if (state.Mask is not null) return state.Mask;
        _maskBytes += VocabularySize / 8;
        Machine.Forget(always: _maskBytes > MostMaskBytes);
        if (_maskBytes > MostMaskBytes) _maskBytes = 0;
        var mask = new TokenMask(VocabularySize);
        if (state.Kernel.Length > FewContinuations) Walk(state, 0, Trie.Count, 0, mask);
        else
        {
            foreach (var continuation in state.Kernel) AddTokens(continuation, mask);
        }
        return state.Mask = WithStops(mask, state);
    }

    /// <summary>The tokens allowed in the first state where they begin the text. The machine's lock is held.</summary>
    internal TokenMask MaskAtStart()
    {
        if (_startMask is not null) return _startMask;
        var mask = new TokenMask(VocabularySize);
        for (var id = 0; id < VocabularySize; id++)
        {
            var text = Trie.TextAtStart(id);
            if (!text.IsEmpty && Machine.Start.Next(text) is not null) mask.Add(id);
        }
        return _startMask = WithStops(mask, Machine.Start);
    }

    private TokenMask WithStops(TokenMask mask, GrammarState state)
    {
        foreach (var id in _stopIds)
        {
            if (state.MayEnd) mask.Add(id);
            else mask.Remove(id);
        }
        return mask;
    }

    private void AddTokens(Continuation continuation, TokenMask mask)
    {
        if (continuation.Node is { Kind: GrammarNodeKind.Repeat, Items.Length: 1 } loop && Machine.State([continuation]).First.Count >= ManyBytes)
        {
            var tokens = LoopOf(loop);
            var after = Machine.State([continuation.Rest!]);
            if (tokens.IsExact && !tokens.First.Overlaps(after.First))
            {
                tokens.AddStaying(mask, loop.Maximum);
                AddLeaving(tokens, loop, after, mask);
                return;
            }
        }
        Walk(Machine.State([continuation]), 0, Trie.Count, 0, mask);
    }

    private void AddLeaving(LoopTokens tokens, GrammarNode loop, GrammarState after, TokenMask mask)
    {
        for (var value = 0; value < 256; value++)
        {
            if (after.Next(value) is not { } state) continue;
            foreach (var (node, turns) in tokens.Leaving(value))
            {
                if (turns < loop.Minimum || (loop.Maximum != Grammar.Unlimited && turns > loop.Maximum)) continue;
                AddTokensAt(node, mask);
                Walk(state, node + 1, Trie.Ends[node], Trie.Depths[node], mask);
            }
        }
    }

    private LoopTokens LoopOf(GrammarNode loop)
    {
        var body = loop.Items[0];
        if (!_loops.TryGetValue(body, out var tokens))
        {
            var unlimited = new GrammarNode(-1, GrammarNodeKind.Repeat, [body]) { Minimum = 0, Maximum = Grammar.Unlimited, IsNullable = true };
            _loops[body] = tokens = new LoopTokens(Machine, body, unlimited, Trie);
        }
        return tokens;
    }

    /// <summary>Adds the tokens of a stretch of the tree, all under a node at a depth, that a state can read.</summary>
    private void Walk(GrammarState from, int first, int end, int depth, TokenMask mask)
    {
        if (first == end) return;
        var (labels, depths, ends) = (Trie.Labels, Trie.Depths, Trie.Ends);
        var states = new GrammarState[Trie.Height + 1];
        states[depth] = from;
        for (var node = first; node < end;)
        {
            var at = depths[node];
            if (states[at - 1].Next(labels[node]) is not { } state)
            {
                node = ends[node];
                continue;
            }
            states[at] = state;
            AddTokensAt(node, mask);
            node++;
        }
    }

    private void AddTokensAt(int node, TokenMask mask)
    {
        for (var token = Trie.Tokens[node]; token >= 0; token = Trie.NextSame(token)) mask.Add(token);
    }
}
