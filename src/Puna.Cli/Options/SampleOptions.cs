using System.CommandLine;
using System.Globalization;
using Puna.Inference;

namespace Puna.Cli.Options;

/// <summary>How many samples of a prompt are wanted, and whether with log-probabilities.</summary>
internal sealed class SampleOptions
{
    private const int DefaultAlternatives = 5, MostSamples = 1024;

    private readonly Option<int?> _count = NumberOption.Whole("--n", "So many samples of the prompt, which is computed once; sample i has the seed plus i (default 1)", 1, MostSamples, "--samples");
    private readonly Option<int?> _logProbabilities = new("--logprobs")
    {
        Description = $"Also each token's log-probability and the N most likely alternatives (without N: {DefaultAlternatives}), of the model's own distribution, before temperature and the other sampler steps; a table, or in --json",
        HelpName = "N",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0) return DefaultAlternatives;
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= TokenLogProbability.MostAlternatives) return value;
            result.AddError($"--logprobs {text}: use a whole number from 0 to {TokenLogProbability.MostAlternatives}");
            return null;
        },
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_count);
        command.Options.Add(_logProbabilities);
    }

    /// <summary>What was said of it.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => ((Option[])[_count, _logProbabilities]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    public int Count(ParseResult parsed) => parsed.GetValue(_count) ?? 1;

    /// <summary>Alternatives to note; null for no log-probabilities at all.</summary>
    public int? LogProbabilities(ParseResult parsed) => parsed.GetResult(_logProbabilities) is { Implicit: false } ? parsed.GetValue(_logProbabilities) ?? DefaultAlternatives : null;
}
