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

    /// <summary>Creates the chain that the options describe.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    public SamplerChain(SamplingOptions options) : this(SamplerStepFactory.Build(options), new CounterRandom(unchecked((ulong)options.Seed)))
    {
        _onlyBest = options.Temperature == 0 && _steps is [Temperature];
    }

    /// <summary>Creates a chain of any steps.</summary>
    /// <param name="steps">Run in this order, then the draw.</param>
    /// <param name="random">Source of the draws; the chain owns it from here on.</param>
    public SamplerChain(IEnumerable<ISamplerStep> steps, CounterRandom random)
    {
        _steps = [.. steps];
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
        var token = _onlyBest ? Argmax(logits) : TokenDraw.Pick(Distribution(logits), _random.NextDouble());
        History.Add(token);
        return token;
    }

    /// <summary>What <see cref="Sample"/> would draw from: the kept tokens and their probabilities. Draws nothing.</summary>
    /// <param name="logits">[V], not changed.</param>
    /// <returns>The chain's own buffer, valid until its next call.</returns>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public Candidates Distribution(ReadOnlySpan<float> logits)
    {
        _candidates.Load(logits);
        foreach (var step in _steps) step.Apply(_candidates, History);
        _candidates.Normalise();
        return _candidates;
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
