using System.Numerics;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// Chooses the next token: runs its steps over the logits and draws from what they leave. One chain serves one sequence on one thread;
/// once its buffers have their size it allocates nothing per token.
/// </summary>
public sealed class SamplerChain
{
    private readonly ISamplerStep[] _steps;
    private readonly CounterRandom _random;
    private readonly Candidates _candidates = new();
    private readonly bool _onlyBest;
    private readonly ConstraintStep? _constraint;

    /// <summary>Creates the chain that the options describe.</summary>
    /// <param name="options">The options.</param>
    /// <param name="constraint">Drops what may not come, before everything else; null for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    public SamplerChain(SamplingOptions options, ConstraintStep? constraint = null)
        : this(constraint is null ? SamplerStepFactory.Build(options) : [constraint, .. SamplerStepFactory.Build(options)], new CounterRandom(unchecked((ulong)options.Seed)))
    {
        _onlyBest = options.Temperature == 0 && _steps is [Temperature];
    }

    /// <summary>Creates a chain of any steps.</summary>
    /// <param name="steps">Run in this order, then the draw.</param>
    /// <param name="random">Source of the draws; the chain owns it from here on.</param>
    public SamplerChain(IEnumerable<ISamplerStep> steps, CounterRandom random)
    {
        _steps = [.. steps];
        // a constraint that comes first decides what is loaded, which costs less than to load everything and drop it
        _constraint = _steps is [ConstraintStep first, ..] ? first : null;
        if (_constraint is not null) _steps = _steps[1..];
        _random = random;
    }

    /// <summary>The tokens so far. Add the prompt before the first draw; <see cref="Sample"/> adds what it draws.</summary>
    public SamplingHistory History { get; } = new();

    /// <summary>
    /// Position in the random stream, the chain's whole state beside the history: save both, set both, and the draws go on alike. A draw moves
    /// it by two whatever the logits are; a chain that only takes the best token leaves it alone.
    /// </summary>
    public ulong Position { get => _random.Position; set => _random.Position = value; }

    /// <summary>Draws the next token and adds it to the history.</summary>
    /// <param name="logits">[V], the model's last row; not changed.</param>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        var token = _onlyBest ? _constraint is null ? Argmax(logits) : Argmax(logits, _constraint.Allowed(History, logits.Length)) : TokenDraw.Pick(Distribution(logits), _random.NextDouble());
        History.Add(token);
        return token;
    }

    /// <summary>What <see cref="Sample"/> would draw from: the kept tokens and their probabilities. Draws nothing.</summary>
    /// <param name="logits">[V], not changed.</param>
    /// <returns>The chain's own buffer, valid until its next call.</returns>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public Candidates Distribution(ReadOnlySpan<float> logits)
    {
        if (_constraint is null) _candidates.Load(logits);
        else _candidates.Load(logits, _constraint.Allowed(History, logits.Length));
        foreach (var step in _steps) step.Apply(_candidates, History);
        _candidates.Normalise();
        return _candidates;
    }

    private static int Argmax(ReadOnlySpan<float> logits, TokenMask allowed)
    {
        var best = -1;
        var words = allowed.Words;
        for (var i = 0; i < words.Length; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                var id = (i << 6) + BitOperations.TrailingZeroCount(word);
                if (id >= logits.Length) return best;
                if (!float.IsFinite(logits[id])) throw Candidates.NotFinite(id, logits[id]);
                if (best < 0 || logits[id] > logits[best]) best = id;
            }
        }
        return best;
    }

    private static int Argmax(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new InvalidDataException("There are no logits to sample from.");
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i])) throw Candidates.NotFinite(i, logits[i]);
            if (logits[i] > logits[best]) best = i;
        }
        return best;
    }
}
