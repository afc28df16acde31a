using System.Numerics;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// Chooses the next token: runs its steps over the logits and draws from what they leave. One chain serves one sequence on one thread;
/// once its buffers have their size it allocates nothing per token.
/// </summary>
public sealed class SamplerChain
{
    private const ulong DraftStream = 1; // draws of drafts must not depend on those that judge them
    private readonly ISamplerStep[] _steps;
    private readonly IDrawObserver[] _observers;
    private readonly CounterRandom _random;
    private readonly Candidates _candidates = new();
    private readonly SamplingOptions? _options;
    private readonly Tokenizer? _tokenizer;
    private readonly ConstraintStep? _constraint;

    /// <summary>Creates the chain that the options describe.</summary>
    /// <param name="options">The steps, their values and the seed.</param>
    /// <param name="tokenizer">Of the model; only DRY's sequence breakers need it.</param>
    /// <param name="constraint">Drops what may not come, before everything else; null for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    /// <exception cref="ArgumentException">DRY has sequence breakers, and there is no tokenizer.</exception>
    public SamplerChain(SamplingOptions options, Tokenizer? tokenizer = null, ConstraintStep? constraint = null)
        : this(constraint is null ? SamplerStepFactory.Build(options, tokenizer) : [constraint, .. SamplerStepFactory.Build(options, tokenizer)], new CounterRandom(unchecked((ulong)options.Seed)), options, tokenizer)
    {
    }

    /// <summary>Creates a chain of any steps.</summary>
    /// <param name="steps">Run in this order, then the draw.</param>
    /// <param name="random">Source of the draws; the chain owns it from here on.</param>
    public SamplerChain(IEnumerable<ISamplerStep> steps, CounterRandom random)
        : this(steps, random, null, null)
    {
    }

    private SamplerChain(IEnumerable<ISamplerStep> steps, CounterRandom random, SamplingOptions? options, Tokenizer? tokenizer)
    {
        _steps = [.. steps];
        // a constraint that comes first decides what is loaded, which costs less than to load everything and drop it
        _constraint = _steps is [ConstraintStep first, ..] ? first : null;
        if (_constraint is not null) _steps = _steps[1..];
        _observers = [.. _steps.OfType<IDrawObserver>()];
        (_random, _options, _tokenizer) = (random, options, tokenizer);
        TakesBest = options?.Temperature == 0 && _steps is [Temperature];
    }

    /// <summary>The tokens so far. Add the prompt before the first draw; <see cref="Sample"/> adds what it draws.</summary>
    public SamplingHistory History { get; } = new();

    /// <summary>Whether it always takes the token with the highest logit and does nothing else.</summary>
    public bool TakesBest { get; }

    /// <summary>
    /// Position in the random stream, the chain's whole state beside the history (and <see cref="Mirostat.Mu"/> where there is that step): save both, set both, and the
    /// draws go on alike. A draw moves it by two whatever the logits are; a chain that only takes the best token leaves it alone.
    /// </summary>
    public ulong Position { get => _random.Position; set => _random.Position = value; }

    /// <summary>Draws the next token, adds it to the history and tells the steps that want to know.</summary>
    /// <param name="logits">[V], the model's last row; not changed.</param>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        var token = TakesBest ? Best(logits) : TokenDraw.Pick(Distribution(logits), NextUniform());
        Accept(token);
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

    /// <summary>The next number in [0, 1) of the chain's stream: for whoever draws from <see cref="Distribution"/> in another way.</summary>
    public double NextUniform() => _random.NextDouble();

    /// <summary>Takes a token that was chosen from the latest <see cref="Distribution"/>: it joins the history, and the steps that want to know are told.</summary>
    /// <param name="token">One that the distribution kept.</param>
    /// <exception cref="ArgumentException">It did not keep it.</exception>
    public void Accept(int token)
    {
        if (_observers.Length > 0)
        {
            var drawn = _candidates.Find(token);
            foreach (var observer in _observers) observer.Drawn(drawn);
        }
        History.Add(token);
    }

    /// <summary>
    /// A chain for a draft of the same text: the same steps with a random stream of its own, without Mirostat, whose state draws that are thrown away would move.
    /// It draws from the model as it is where the steps of this chain are not those of options.
    /// </summary>
    public SamplerChain ForDraft()
    {
        var random = new CounterRandom(unchecked((ulong)(_options?.Seed ?? 0)), DraftStream);
        if (_options is null) return new SamplerChain([], random);
        var options = _options with { Mirostat = 0 };
        return new SamplerChain(SamplerStepFactory.Build(options, _tokenizer), random, options, _tokenizer);
    }

    private int Best(ReadOnlySpan<float> logits) => _constraint is null ? Argmax(logits) : Argmax(logits, _constraint.Allowed(History, logits.Length));

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
