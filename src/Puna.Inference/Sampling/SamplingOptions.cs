namespace Puna.Inference;

/// <summary>
/// How the next token is chosen, in the words of Microsoft.Extensions.AI where it has one, with llama.cpp's defaults. Values are checked
/// when a <see cref="SamplerChain"/> is built from them.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>llama.cpp's order of the steps.</summary>
    public const string DefaultSamplers = "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature";

    /// <summary>Always the best token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Divisor of the logits; 0 is greedy (argmax, ties to the lower id), 1 leaves the model's own distribution.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>How far the temperature may go to either side of <see cref="Temperature"/>, by the entropy of what is left; 0 is off. A temperature of 0 stays 0.</summary>
    public double DynamicTemperatureRange { get; init; }

    /// <summary>Power of the share of the largest entropy; below 1 heats sooner.</summary>
    public double DynamicTemperatureExponent { get; init; } = 1;

    /// <summary>Keep so many best tokens; 0 is off.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Keep the best tokens up to this mass, in [0, 1]; 1 is off.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Keep tokens at least so likely relative to the best, in [0, 1]; 0 is off.</summary>
    public double MinP { get; init; } = 0.05;

    /// <summary>Keep the most typical tokens up to this mass, in [0, 1]; 1 is off.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Keep tokens whose logit is at most so many standard deviations below the best; 0 and less is off.</summary>
    public double TopNSigma { get; init; } = -1;

    /// <summary>How often the top choices but the last are excluded, in [0, 1]; 0 is off.</summary>
    public double XtcProbability { get; init; }

    /// <summary>From which probability on a token is a top choice, in [0, 1]; above ½ is off.</summary>
    public double XtcThreshold { get; init; } = 0.1;

    /// <summary>No truncating step leaves fewer tokens than this.</summary>
    public int MinimumKept { get; init; } = 1;

    /// <summary>Divisor of the logits of recent tokens (factor where negative), above 0; 1 is off.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Nats off per recent occurrence; 0 is off.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Nats off for any recent occurrence; 0 is off.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>How many newest tokens the three penalties look at; −1 is the whole history, 0 none.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Nats off a token that goes on with a repetition of more than the allowed length; 0 is off.</summary>
    public double DryMultiplier { get; init; }

    /// <summary>Factor of that penalty for each further token of the repetition, at least 1.</summary>
    public double DryBase { get; init; } = 1.75;

    /// <summary>Repeated tokens that cost nothing to begin with, at least 1.</summary>
    public int DryAllowedLength { get; init; } = 2;

    /// <summary>How many newest tokens DRY looks at; −1 is the whole history, 0 none.</summary>
    public int DryWindow { get; init; } = 64;

    /// <summary>Strings across which DRY counts no repetition; with any, a chain with DRY needs the tokenizer.</summary>
    public IReadOnlyList<string> DrySequenceBreakers { get; init; } = DryBreakers.Default;

    /// <summary>2 ends the chain with Mirostat's second version, in place of all steps that drop tokens; 0 is off.</summary>
    public int Mirostat { get; init; }

    /// <summary>Mirostat's target, in bits a token.</summary>
    public double MirostatTau { get; init; } = 5;

    /// <summary>Mirostat's learning rate.</summary>
    public double MirostatEta { get; init; } = 0.1;

    /// <summary>Nats to add to the logits of tokens before all steps; −∞ bans a token.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>Seed of the draw: the same seed and logits give the same tokens on every platform.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The steps in the order in which they run, separated by semicolons, as llama.cpp's <c>--samplers</c>. A step that is not named does
    /// not run, whatever its value above. The order changes results. The logit bias comes before all of them, Mirostat after.
    /// </summary>
    public string Samplers { get; init; } = DefaultSamplers;
}
