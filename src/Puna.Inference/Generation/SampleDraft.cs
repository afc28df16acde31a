using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>A sample as it grows: a sequence of its own, what chooses its tokens, and its text so far.</summary>
internal sealed class SampleDraft : IDisposable
{
    private readonly SamplerChain _chain;
    private readonly StreamingDecoder _decoder;
    private readonly StopSequences _stops;
    private readonly GenerationOptions _limits;
    private readonly int _limit;
    private readonly long _seed;
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogProbability> _logProbabilities = [];
    private FinishReason _finish = FinishReason.Length;
    private double _sum;
    private int _count; // of the sum: a stop id is part of it

    public SampleDraft(Tokenizer tokenizer, EngineSequence sequence, IReadOnlyList<int> prompt, SamplingOptions sampling, GenerationOptions limits, int limit)
    {
        (Sequence, _limits, _limit, _seed) = (sequence, limits, limit, sampling.Seed);
        _chain = SamplingRange.Chain(sampling, limits, tokenizer, prompt);
        foreach (var id in prompt) _chain.History.Add(id);
        _decoder = tokenizer.CreateDecoder();
        foreach (var id in prompt) _decoder.Append(id);
        _stops = new StopSequences(limits.StopSequences);
    }

    public EngineSequence Sequence { get; }

    public bool HasEnded { get; private set; }

    public int TokenCount => _tokens.Count;

    /// <summary>The token that is to be computed next.</summary>
    public int Last => _tokens[^1];

    /// <summary>Chooses a token from these logits, and ends the sample where it is the last.</summary>
    public void Take(ReadOnlySpan<float> logits)
    {
        var token = _chain.Sample(logits);
        var noted = _limits.LogProbabilities is { } alternatives ? TokenLogProbability.Of(logits, token, alternatives) : null;
        if (noted is not null) (_sum, _count) = (_sum + noted.LogProbability, _count + 1);
        if (_limits.StopIds.Contains(token))
        {
            End(FinishReason.Stop);
            return;
        }
        _tokens.Add(token);
        if (noted is not null) _logProbabilities.Add(noted);
        _text.Append(_stops.Push(_decoder.Append(token)));
        if (_stops.Matched is not null) End(FinishReason.Stop);
        else if (_tokens.Count >= _limit) End(FinishReason.Length);
    }

    /// <summary>What there is of it.</summary>
    public Sample Finish(bool trim)
    {
        if (!HasEnded) End(FinishReason.Length);
        var text = _text.ToString();
        return new Sample(trim ? text.Trim() : text, _tokens, _finish, _seed, _logProbabilities)
        {
            Completion = _limits.LogProbabilities is null ? null : new Completion(_tokens, _sum, _count, _finish),
        };
    }

    public void Dispose() => Sequence.Dispose();

    private void End(FinishReason reason)
    {
        (HasEnded, _finish) = (true, reason);
        if (_stops.Matched is not null) return;
        _text.Append(_stops.Push(_decoder.Flush())).Append(_stops.Finish());
        if (_stops.Matched is not null) _finish = FinishReason.Stop;
    }
}
