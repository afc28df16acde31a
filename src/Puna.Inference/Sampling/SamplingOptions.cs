namespace Puna.Inference;

/// <summary>
/// How the next token is chosen, in the words of Microsoft.Extensions.AI where it has one, with llama.cpp's defaults. Values are checked
/// when a <see cref="SamplerChain"/> is built from them.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>llama.cpp's order of the steps, less those that are not built yet.</summary>
    public const string DefaultSamplers = "penalties;top_k;typ_p;top_p;min_p;temperature";

    /// <summary>Always the best token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Divisor of the logits; 0 is greedy (argmax, ties to the lower id), 1 leaves the model's own distribution.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Keep so many best tokens; 0 is off.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Keep the best tokens up to this mass, in [0, 1]; 1 is off.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Keep tokens at least so likely relative to the best, in [0, 1]; 0 is off.</summary>
    public double MinP { get; init; } = 0.05;

    /// <summary>Keep the most typical tokens up to this mass, in [0, 1]; 1 is off.</summary>
    public double TypicalP { get; init; } = 1;

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

    /// <summary>Seed of the draw: the same seed and logits give the same tokens on every platform.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The steps in the order in which they run, separated by semicolons, as llama.cpp's <c>--samplers</c>. A step that is not named does
    /// not run, whatever its value above. The order changes results.
    /// </summary>
    public string Samplers { get; init; } = DefaultSamplers;
}
