using System.CommandLine;
using System.Globalization;
using Puna.Inference;

namespace Puna.Cli.Options;

/// <summary>The rarer steps of the sampler chain, with llama.cpp's names and defaults.</summary>
internal sealed class SamplerOptions
{
    private readonly List<(Option Option, Func<ParseResult, SamplingOptions, SamplingOptions> Set)> _all = [];

    public SamplerOptions()
    {
        Real("--dynatemp-range", "How far the temperature may go to either side, by how unsure the model is; 0 is off (default 0)", 0, (o, v) => o with { DynamicTemperatureRange = v });
        Real("--dynatemp-exp", "Power of the entropy's share in that (default 1)", 0, (o, v) => o with { DynamicTemperatureExponent = v }, 1e6);
        Real("--top-n-sigma", "Keep tokens whose logit is at most so many standard deviations below the best; 0 and less is off (default -1)", -1e6, (o, v) => o with { TopNSigma = v }, 1e6, "--top-nsigma");
        Real("--typical-p", "Keep the most typical tokens up to this mass; 1 is off (default 1)", 0, (o, v) => o with { TypicalP = v }, 1, "--typical");
        Real("--xtc-probability", "How often all top choices but the least likely are left out; 0 is off (default 0)", 0, (o, v) => o with { XtcProbability = v }, 1);
        Real("--xtc-threshold", "From which probability on a token is a top choice; above 0.5 is off (default 0.1)", 0, (o, v) => o with { XtcThreshold = v }, 1);
        Real("--repeat-penalty", "Divisor of the logits of recent tokens; 1 is off (default: the model's generation_config.json, else 1)", 1e-6, (o, v) => o with { RepetitionPenalty = v }, 1e6);
        Whole("--repeat-last-n", "How many of the newest tokens the three penalties look at; -1 is all, 0 none (default 64)", -1, (o, v) => o with { PenaltyWindow = v });
        Real("--presence-penalty", "Taken off the logit of every recent token (default 0)", -1e6, (o, v) => o with { PresencePenalty = v }, 1e6);
        Real("--frequency-penalty", "Taken off the logit for each time that a token came recently (default 0)", -1e6, (o, v) => o with { FrequencyPenalty = v }, 1e6);
        Real("--dry-multiplier", "Penalty for a token that goes on with a repetition of what stood before; 0 is off (default 0)", 0, (o, v) => o with { DryMultiplier = v }, 1e6);
        Real("--dry-base", "Factor of that penalty for each further token repeated (default 1.75)", 1, (o, v) => o with { DryBase = v }, 1e6);
        Whole("--dry-allowed-length", "Repeated tokens from which on DRY's penalty begins (default 2)", 1, (o, v) => o with { DryAllowedLength = v });
        Whole("--dry-penalty-last-n", "How many of the newest tokens DRY looks at; -1 is all, 0 none (default 64)", -1, (o, v) => o with { DryWindow = v });
        Breakers();
        Whole("--mirostat", "2 holds the surprise of the text near a target, in place of the steps that drop tokens; 0 is off (default 0)", 0, (o, v) => o with { Mirostat = v == 1 ? throw new InvalidDataException("--mirostat 1: the first version is not in this build; use 2, the second") : v }, 2);
        Real("--mirostat-ent", "Mirostat's target, in bits a token (default 5)", 0, (o, v) => o with { MirostatTau = v }, 1e6);
        Real("--mirostat-lr", "Mirostat's learning rate (default 0.1)", 0, (o, v) => o with { MirostatEta = v }, 1e6);
        Biases();
        Text("--samplers", $"The steps in the order in which they run, separated by semicolons (default {SamplingOptions.DefaultSamplers})", "NAMES", (o, v) => o with { Samplers = v });
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => _all.Select(entry => entry.Option);

    /// <summary>The options with what was given.</summary>
    /// <exception cref="InvalidDataException">A value is not one of the option's.</exception>
    public SamplingOptions Apply(ParseResult parsed, SamplingOptions options) => _all.Aggregate(options, (so, entry) => entry.Set(parsed, so));

    /// <summary>Says no where the steps cannot be made of the options, which a model's generation_config.json may have set.</summary>
    /// <exception cref="InvalidDataException">They cannot.</exception>
    public static SamplingOptions Checked(SamplingOptions options)
    {
        SamplingRange.Require(options);
        return options;
    }

    private void Real(string name, string description, double least, Func<SamplingOptions, double, SamplingOptions> set, double most = double.PositiveInfinity, params string[] aliases) =>
        Add(NumberOption.Real(name, description, least, most, aliases), (o, v) => v is { } value ? set(o, value) : o);

    private void Whole(string name, string description, int least, Func<SamplingOptions, int, SamplingOptions> set, int most = int.MaxValue) =>
        Add(NumberOption.Whole(name, description, least, most), (o, v) => v is { } value ? set(o, value) : o);

    private void Text(string name, string description, string help, Func<SamplingOptions, string, SamplingOptions> set) =>
        Add(new Option<string?>(name) { Description = description, HelpName = help }, (o, v) => v is null ? o : set(o, v));

    private void Breakers() => Add(Several("--dry-sequence-breaker", "A text across which DRY counts no repetition, \\n being a line end; may be given several times, and replaces the default ones; none for none at all (default \\n, :, \" and *)", "TEXT"),
        (o, v) => v is { Length: > 0 } ? o with { DrySequenceBreakers = v is ["none"] ? [] : [.. v.Select(Unescaped)] } : o);

    private void Biases() => Add(Several("--logit-bias", "A number to add to a token's logit, as in 15043+1 or 15043-1; 15043-inf bans the token; may be given several times", "ID(+|-)BIAS"),
        (o, v) => v is { Length: > 0 } ? o with { LogitBias = Biases(v) } : o);

    private static Dictionary<int, double> Biases(string[] texts)
    {
        var biases = new Dictionary<int, double>();
        foreach (var text in texts)
        {
            var sign = text.IndexOfAny(['+', '-']);
            if (sign <= 0 || !int.TryParse(text.AsSpan(0, sign), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || BiasOf(text[sign..]) is not { } bias)
                throw new InvalidDataException($"--logit-bias {text}: use a token's id, a sign and a number, as in 15043+1, or 15043-inf to ban it");
            if (!biases.TryAdd(id, bias)) throw new InvalidDataException($"--logit-bias {text}: token {id} has a bias already; give one");
        }
        return biases;
    }

    private static double? BiasOf(string text)
    {
        if (text == "-inf") return double.NegativeInfinity;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bias) && Math.Abs(bias) <= 1e6 ? bias : null;
    }

    private static string Unescaped(string text) => text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);

    private static Option<string[]> Several(string name, string description, string help) =>
        new(name) { Description = description, HelpName = help, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };

    private void Add<T>(Option<T> option, Func<SamplingOptions, T?, SamplingOptions> set) => _all.Add((option, (parsed, options) => set(options, parsed.GetValue(option))));
}
