using System.CommandLine;
using System.Security.Cryptography;
using Puna.Inference;
using Puna.Models;

namespace Puna.Cli.Options;

/// <summary>How tokens are chosen and when to stop, for verbs that write text.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<int?> _maxTokens;
    private readonly Option<double?> _temperature = NumberOption.Real("--temperature", "Divisor of the logits; 0 always takes the most likely token (default: the model's generation_config.json, else 0.8)", 0, double.PositiveInfinity, "--temp");
    private readonly Option<int?> _topK = NumberOption.Whole("--top-k", "Draw from so many most likely tokens only; 0 is off (default 40)", 0);
    private readonly Option<double?> _topP = NumberOption.Real("--top-p", "Draw from the most likely tokens up to this mass; 1 is off (default 0.95)", 0, 1);
    private readonly Option<double?> _minP = NumberOption.Real("--min-p", "Drop tokens less likely than this share of the likeliest; 0 is off (default 0.05)", 0, 1);
    private readonly Option<long?> _seed = NumberOption.Seed("Seed of the draw; the same one gives the same text (default: a new one, which is said)");
    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End before this text; may be given several times",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly SamplerOptions _steps = new();
    private readonly int? _defaultTokens;

    /// <param name="defaultTokens">The most tokens where the user says nothing; null for what the context leaves.</param>
    public SamplingArguments(int? defaultTokens)
    {
        _defaultTokens = defaultTokens;
        var otherwise = defaultTokens is { } count ? $"{count}" : "what the context leaves";
        _maxTokens = NumberOption.Whole("--max-tokens", $"The most tokens to write (default {otherwise})", 1, int.MaxValue, "-n", "--n-predict");
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_maxTokens, _temperature, _topK, _topP, _minP, .. _steps.All, _seed, _stop]) command.Options.Add(option);
    }

    /// <summary>What was said of how tokens are drawn: options that mean nothing to a search without draws.</summary>
    public IEnumerable<string> Given(ParseResult parsed, bool exceptTopK = false) =>
        ((Option[])[_temperature, _topK, _topP, _minP, _seed, .. _steps.All]).Where(option => !(exceptTopK && option == _topK) && parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>--top-k where it was given.</summary>
    public int? TopK(ParseResult parsed) => parsed.GetValue(_topK);

    /// <summary>How tokens are chosen: as asked, else as the model's makers want it (generation_config.json), else by the defaults. Without --seed a new seed is drawn.</summary>
    /// <exception cref="InvalidDataException">A value is none of its option's, or generation_config.json has one that no step takes.</exception>
    public SamplingOptions Sampling(ParseResult parsed, GenerationConfig? makers)
    {
        var defaults = SamplingDefaults.Of(makers);
        return SamplerOptions.Checked(_steps.Apply(parsed, defaults with
        {
            Temperature = parsed.GetValue(_temperature) ?? defaults.Temperature,
            TopK = parsed.GetValue(_topK) ?? defaults.TopK,
            TopP = parsed.GetValue(_topP) ?? defaults.TopP,
            MinP = parsed.GetValue(_minP) ?? defaults.MinP,
            Seed = parsed.GetValue(_seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
        }));
    }

    /// <summary>Whether the user names a seed.</summary>
    public bool HasSeed(ParseResult parsed) => parsed.GetValue(_seed) is not null;

    /// <summary>When to stop.</summary>
    public GenerationOptions Limits(ParseResult parsed) => new()
    {
        MaxOutputTokens = parsed.GetValue(_maxTokens) ?? _defaultTokens,
        StopSequences = parsed.GetValue(_stop) ?? [],
    };
}
