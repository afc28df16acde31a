using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>
/// Several tokens a pass: a drafter proposes what may come, the model looks at all of it in one pass, and <see cref="SpeculativeRule"/> keeps what it may. The text has
/// exactly the distribution that the chain gives without a draft, since the chain judges each place with the history that it would have there; greedy text is the same.
/// </summary>
/// <param name="drafter">Proposes; not disposed with this.</param>
/// <param name="most">The most tokens a draft has.</param>
public sealed class SpeculativeDecoding(IDrafter drafter, int most) : Decoding
{
    private readonly DraftTokens _draft = new();
    private readonly SpeculativeRule _rule = new();
    private readonly List<int> _ids = [];
    private readonly List<int> _pass = [];
    private DraftFigures _figures;

    /// <inheritdoc/>
    internal override DraftFigures Drafts => _figures;

    /// <inheritdoc/>
    internal override IEnumerable<int> Tokens(CachedSequence model, int[] prompt, SamplerChain chain, int limit, LogitsObserver? seen = null)
    {
        _figures = default;
        _ids.Clear();
        _ids.AddRange(prompt);
        drafter.Begin(chain, model.Engine.VocabularySize);
        var next = chain.Sample(model.Logits(prompt));
        for (var left = limit; ; left--)
        {
            _ids.Add(next);
            yield return next;
            if (left == 1) yield break;
            var known = model.Length;
            var rows = Pass(model, left - 1);
            var taken = 0;
            while (taken < _draft.Count)
            {
                next = _rule.Judge(chain, rows.Row(taken), _draft.Tokens[taken], _draft.Distribution(taken));
                if (next != _draft.Tokens[taken]) break;
                _figures = _figures with { Accepted = _figures.Accepted + 1 };
                taken++;
                left--;
                _ids.Add(next);
                yield return next;
            }
            if (taken == _draft.Count) next = chain.Sample(rows.Row(taken));
            model.Truncate(known + 1 + taken);
        }
    }

    /// <summary>The newest token and a draft behind it through the model: a row of logits each. One place is left for what comes behind the draft.</summary>
    private InferenceBatch Pass(CachedSequence model, int left)
    {
        _draft.Clear();
        var room = Math.Min(Math.Min(most, left - 1), model.Engine.BatchSize - 1);
        if (room > 0) drafter.Draft(CollectionsMarshal.AsSpan(_ids), room, _draft);
        _figures = new DraftFigures(_figures.Passes + 1, _figures.Drafted + _draft.Count, _figures.Accepted);
        _pass.Clear();
        _pass.Add(_ids[^1]);
        _pass.AddRange(_draft.Tokens);
        return model.Append(CollectionsMarshal.AsSpan(_pass), BatchOutput.AllLogits);
    }
}
