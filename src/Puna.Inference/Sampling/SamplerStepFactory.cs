using Puna.Text;

namespace Puna.Inference;

/// <summary>Builds the steps that <see cref="SamplingOptions.Samplers"/> names. To add a step: its class, its value in the options, a line here.</summary>
public static class SamplerStepFactory
{
    private static readonly Dictionary<string, Maker> Makers = new()
    {
        ["penalties"] = new((o, _) => new Penalties(o.RepetitionPenalty, o.FrequencyPenalty, o.PresencePenalty, o.PenaltyWindow),
            o => (o.RepetitionPenalty != 1 || o.FrequencyPenalty != 0 || o.PresencePenalty != 0) && o.PenaltyWindow != 0),
        ["dry"] = new((o, breakers) => new Dry(o.DryMultiplier, o.DryBase, o.DryAllowedLength, o.DryWindow, breakers), ActsDry),
        ["top_n_sigma"] = new((o, _) => new TopNSigma(o.TopNSigma, o.MinimumKept), o => o.TopNSigma > 0 && !KeepsOnlyBest(o)) { Drops = true },
        ["top_k"] = new((o, _) => new TopK(o.TopK), o => o.TopK != 0 && !KeepsOnlyBest(o)) { Drops = true },
        ["typ_p"] = new((o, _) => new Typical(o.TypicalP, o.MinimumKept), o => o.TypicalP != 1) { Drops = true },
        ["top_p"] = new((o, _) => new TopP(o.TopP, o.MinimumKept), o => o.TopP != 1 && !KeepsOnlyBest(o)) { Drops = true },
        ["min_p"] = new((o, _) => new MinP(o.MinP, o.MinimumKept), o => o.MinP != 0 && !KeepsOnlyBest(o)) { Drops = true },
        ["xtc"] = new((o, _) => new Xtc(o.XtcProbability, o.XtcThreshold, unchecked((ulong)o.Seed), o.MinimumKept), ActsXtc) { Drops = true },
        ["temperature"] = new((o, _) => o.Temperature > 0 && o.DynamicTemperatureRange != 0
            ? new DynamicTemperature(o.Temperature, o.DynamicTemperatureRange, o.DynamicTemperatureExponent) : new Temperature(o.Temperature),
            o => o.Temperature != 1 || o.DynamicTemperatureRange != 0),
    };

    /// <summary>Other spellings that llama.cpp takes; hyphens stand for underlines everywhere.</summary>
    private static readonly Dictionary<string, string> Aliases = new() { ["temp"] = "temperature", ["typical"] = "typ_p", ["typical_p"] = "typ_p", ["typ"] = "typ_p", ["nucleus"] = "top_p" };

    /// <summary>Names of the steps, in the default order.</summary>
    public static IReadOnlyCollection<string> Names => Makers.Keys;

    /// <summary>The steps in order, without those whose value makes them do nothing.</summary>
    /// <param name="options">The values.</param>
    /// <param name="tokenizer">Of the model; only DRY's sequence breakers need it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    /// <exception cref="ArgumentException">DRY has sequence breakers, and there is no tokenizer.</exception>
    public static IReadOnlyList<ISamplerStep> Build(SamplingOptions options, Tokenizer? tokenizer = null)
    {
        var names = Order(options);
        var steps = new List<ISamplerStep>();
        if (options.Mirostat is not (0 or 2)) throw new ArgumentOutOfRangeException(nameof(options), $"Mirostat is {options.Mirostat}; it must be 0 (off) or 2 (its second version).");
        if (options.LogitBias.Count > 0) steps.Add(new LogitBias(options.LogitBias));
        foreach (var name in names)
        {
            if (!Makers.TryGetValue(name, out var maker))
                throw new ArgumentOutOfRangeException(nameof(options), $"Samplers names the step '{name}'; known steps are {string.Join(", ", Makers.Keys)}.");
            if (names.Count(other => other == name) > 1)
                throw new ArgumentOutOfRangeException(nameof(options), $"Samplers names the step '{name}' twice.");
            var acts = maker.Acts(options) && !(options.Mirostat == 2 && maker.Drops);
            var step = maker.Make(options, null); // so that a value is looked at also where the step does nothing
            if (acts && step is Dry) step = maker.Make(options, Breakers(options, tokenizer));
            if (acts) steps.Add(step);
        }
        if (options.Mirostat == 2) steps.Add(new Mirostat(options.MirostatTau, options.MirostatEta));
        return steps;
    }

    /// <summary>With temperature 0 the steps that never drop the best token change nothing, unless a step that may drop it judges what they leave.</summary>
    private static bool KeepsOnlyBest(SamplingOptions options)
    {
        var names = Order(options);
        return options.Temperature == 0 && names.Contains("temperature") && (options.TypicalP == 1 || !names.Contains("typ_p")) && (!ActsXtc(options) || !names.Contains("xtc"));
    }

    private static bool ActsDry(SamplingOptions options) => options.DryMultiplier != 0 && options.DryWindow != 0;

    private static bool ActsXtc(SamplingOptions options) => options.XtcProbability != 0 && options.XtcThreshold <= 0.5;

    private static DryBreakers Breakers(SamplingOptions options, Tokenizer? tokenizer)
    {
        if (options.DrySequenceBreakers.Count == 0) return DryBreakers.None;
        return tokenizer is null ? throw new ArgumentException("DRY's sequence breakers are strings: give the tokenizer, or no breakers", nameof(tokenizer)) : new DryBreakers(tokenizer, options.DrySequenceBreakers);
    }

    private static string[] Order(SamplingOptions options) =>
        [.. options.Samplers.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => name.Replace('-', '_')).Select(name => Aliases.GetValueOrDefault(name, name))];

    private sealed record Maker(Func<SamplingOptions, DryBreakers?, ISamplerStep> Make, Func<SamplingOptions, bool> Acts)
    {
        /// <summary>Whether it drops tokens: Mirostat takes the place of those.</summary>
        public bool Drops { get; init; }
    }
}
