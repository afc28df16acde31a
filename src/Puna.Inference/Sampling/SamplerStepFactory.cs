namespace Puna.Inference;

/// <summary>Builds the steps that <see cref="SamplingOptions.Samplers"/> names. To add a step: its class, its value in the options, a line here.</summary>
public static class SamplerStepFactory
{
    private static readonly Dictionary<string, Func<SamplingOptions, (ISamplerStep Step, bool Acts)>> Makers = new()
    {
        ["penalties"] = o => (new Penalties(o.RepetitionPenalty, o.FrequencyPenalty, o.PresencePenalty, o.PenaltyWindow),
            (o.RepetitionPenalty != 1 || o.FrequencyPenalty != 0 || o.PresencePenalty != 0) && o.PenaltyWindow != 0),
        ["top_k"] = o => (new TopK(o.TopK), o.TopK != 0 && !KeepsOnlyBest(o)),
        ["typ_p"] = o => (new Typical(o.TypicalP, o.MinimumKept), o.TypicalP != 1),
        ["top_p"] = o => (new TopP(o.TopP, o.MinimumKept), o.TopP != 1 && !KeepsOnlyBest(o)),
        ["min_p"] = o => (new MinP(o.MinP, o.MinimumKept), o.MinP != 0 && !KeepsOnlyBest(o)),
        ["temperature"] = o => (new Temperature(o.Temperature), o.Temperature != 1),
    };

    /// <summary>The steps in order, without those whose value makes them do nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    public static IReadOnlyList<ISamplerStep> Build(SamplingOptions options)
    {
        var names = Names(options);
        var steps = new List<ISamplerStep>();
        foreach (var name in names)
        {
            if (!Makers.TryGetValue(name, out var make))
                throw new ArgumentOutOfRangeException(nameof(options), $"Samplers names the step '{name}'; known steps are {string.Join(", ", Makers.Keys)}.");
            if (names.Count(other => other == name) > 1)
                throw new ArgumentOutOfRangeException(nameof(options), $"Samplers names the step '{name}' twice.");
            var (step, acts) = make(options);
            if (acts) steps.Add(step);
        }
        return steps;
    }

    /// <summary>With temperature 0 the steps that never drop the best token change nothing, unless typical sampling judges what they leave.</summary>
    private static bool KeepsOnlyBest(SamplingOptions options)
    {
        var names = Names(options);
        return options.Temperature == 0 && names.Contains("temperature") && (options.TypicalP == 1 || !names.Contains("typ_p"));
    }

    private static string[] Names(SamplingOptions options) =>
        options.Samplers.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
