using Puna.Tensors;

namespace Puna.Inference;

/// <summary>What happens to a sequence that has filled its context.</summary>
public enum WindowPolicy
{
    /// <summary>It ends, and says so (<see cref="RequestFinish.ContextFull"/>).</summary>
    Refuse,

    /// <summary>
    /// Its first <see cref="SchedulerRequest.KeptTokens"/> and the newest half of the rest are kept and computed again at their new positions; what was
    /// between is forgotten. Computed again and not shifted, so that it is right for every kind of rotary scaling.
    /// </summary>
    Slide,
}

/// <summary>Hears of the final hidden state of a position. Called on the scheduler's thread, for each position once and in order.</summary>
/// <param name="position">From 0.</param>
/// <param name="state">[C], normalised; valid during the call.</param>
public delegate void HiddenStateReader(int position, ReadOnlySpan<float> state);

/// <summary>A generation that a <see cref="BatchScheduler"/> is asked for: ids in, ids out. <see cref="ForStates"/> asks for hidden states instead.</summary>
/// <param name="Prompt">At least one token, fewer than the context has positions.</param>
/// <param name="Chain">Chooses its tokens; belongs to this request alone from here on. The prompt is added to its history.</param>
public sealed record SchedulerRequest(IReadOnlyList<int> Prompt, SamplerChain Chain)
{
    /// <summary>The most tokens to generate; null for what the context leaves.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Ids that end the text; they are not part of it.</summary>
    public IReadOnlyCollection<int> StopIds { get; init; } = [];

    /// <summary>Higher goes first: it enters before others, takes the place or the memory of a lower one, and its prompt is computed first. Strictly so: as long as higher ones wait, lower ones do.</summary>
    public int Priority { get; init; }

    /// <summary>What happens when the context is full.</summary>
    public WindowPolicy Window { get; init; }

    /// <summary>With <see cref="WindowPolicy.Slide"/>: tokens at the beginning that are never forgotten, the system message for example.</summary>
    public int KeptTokens { get; init; }

    /// <summary>Whether its beginning may be taken from other sequences and left to later ones. No token depends on it; how long the first takes does.</summary>
    public bool SharesPrefix { get; init; } = true;

    /// <summary>How many alternatives are noted beside each token's log-probability (<see cref="ScheduledRequest.LogProbabilities"/>); 0 for the token's own only, null for nothing at all.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Hears of the hidden states of the prompt; null where tokens are generated.</summary>
    internal HiddenStateReader? States { get; private init; }

    /// <summary>A request for the final hidden states of some tokens, of which embeddings are made: it is computed in pieces beside the others and generates nothing.</summary>
    /// <param name="tokens">At least one, at most as many as the context has positions.</param>
    /// <param name="reader">Hears of the states.</param>
    public static SchedulerRequest ForStates(IReadOnlyList<int> tokens, HiddenStateReader reader) =>
        new(tokens, new SamplerChain([], new CounterRandom(0))) { States = reader, MaxOutputTokens = 0, SharesPrefix = false };

    /// <summary>Says no to what cannot be done.</summary>
    /// <exception cref="InvalidDataException">One sentence: what was found and what is allowed.</exception>
    internal void Require(int contextLength, int vocabularySize)
    {
        if (Prompt.Count == 0) throw new InvalidDataException("the prompt is empty; give at least one token");
        if (Prompt.Count - (States is null ? 0 : 1) >= contextLength) throw new InvalidDataException($"the prompt has {Prompt.Count} tokens, the context {contextLength}: shorten the prompt");
        for (var i = 0; i < Prompt.Count; i++)
            if ((uint)Prompt[i] >= (uint)vocabularySize) throw new InvalidDataException($"token {i} of the prompt is {Prompt[i]}, the vocabulary has ids from 0 to {vocabularySize - 1}");
        if (LogProbabilities is < 0 or > TokenLogProbability.MostAlternatives) throw new InvalidDataException($"LogProbabilities is {LogProbabilities}; use 0 to {TokenLogProbability.MostAlternatives}");
        if (MaxOutputTokens < 0) throw new InvalidDataException($"MaxOutputTokens is {MaxOutputTokens}; use 0 or more");
        if (Window == WindowPolicy.Refuse && KeptTokens != 0) throw new InvalidDataException($"KeptTokens is {KeptTokens}, but the window does not slide; leave it 0 or choose WindowPolicy.Slide");
        if (Window == WindowPolicy.Refuse) return;
        if (MaxOutputTokens is null) throw new InvalidDataException("a window that slides has no end of its own; give MaxOutputTokens");
        var most = Math.Min(Prompt.Count, Math.Max(0, contextLength - 4)); // so that the newest half of the rest is something
        if (KeptTokens < 0 || KeptTokens > most) throw new InvalidDataException($"KeptTokens is {KeptTokens}; a prompt of {Prompt.Count} tokens in a context of {contextLength} can keep 0 to {most}");
    }
}
