using System.CommandLine;
using Puna.Inference;

namespace Puna.Cli.Options;

/// <summary>Ways to an answer beside drawing it token by token: beam search, the best of several draws, contrastive search. Names are Hugging Face's where it has them.</summary>
internal sealed class SearchArguments
{
    private const int MostSequences = 1024, DefaultContrastiveTopK = 4;
    private readonly Option<int?> _beams = NumberOption.Whole("--beams", "Beam search: look for the likeliest continuation with so many at a time; nothing is drawn (default 1: off)", 1, MostSequences, "--num-beams");
    private readonly Option<int?> _groups = NumberOption.Whole("--beam-groups", "Divide the beams into so many groups that avoid each other's tokens (default 1; with --diversity-penalty as many as there are beams)", 1, MostSequences, "--num-beam-groups");
    private readonly Option<double?> _lengthPenalty = NumberOption.Real("--length-penalty", "Power of the length by which a beam's log-probability is divided: above 0 favours long texts, below 0 short ones (default 1)", -100, 100);
    private readonly Option<double?> _diversityPenalty = NumberOption.Real("--diversity-penalty", "Taken off a token for each beam of an earlier group that chose it at the same step (default 0)", 0);
    private readonly Option<int?> _bestOf = NumberOption.Whole("--best-of", "Draw so many continuations, each with the next seed, and keep the best", 1, MostSequences);
    private readonly Option<int?> _returned = NumberOption.Whole("--num-return-sequences", "Print so many of those found, best first (default 1)", 1, MostSequences);
    private readonly Option<double?> _penaltyAlpha = NumberOption.Real("--penalty-alpha", $"Contrastive search: weigh a token's probability against its likeness to the text before, 0 to 1; --top-k says how many are looked at (default {DefaultContrastiveTopK})", 0, 1);
    private readonly Option<string?> _rerank = new("--rerank") { Description = "What beams or draws are ranked by: logprob, their total log-probability, or mean-logprob, that of a token (default: beams by their score, draws by mean-logprob)", HelpName = "logprob|mean-logprob" };

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    private Option[] All => [_beams, _groups, _lengthPenalty, _diversityPenalty, _bestOf, _returned, _rerank, _penaltyAlpha];

    /// <summary>What was asked for; null for plain drawing.</summary>
    /// <exception cref="InvalidDataException">The options contradict each other.</exception>
    public SearchPlan? Plan(ParseResult parsed, SamplingArguments sampling, SpeculationArguments speculation)
    {
        var beams = parsed.GetValue(_beams) ?? 1;
        var returned = parsed.GetValue(_returned) ?? 1;
        var bestOf = parsed.GetValue(_bestOf) ?? (beams > 1 ? 1 : returned);
        var isSearch = beams > 1 || bestOf > 1;
        if (beams > 1 && parsed.GetValue(_bestOf) is not null) throw new InvalidDataException("--beams searches and --best-of draws; give one of them");
        if (beams == 1)
        {
            foreach (var option in (Option[])[_groups, _lengthPenalty, _diversityPenalty])
                if (IsGiven(parsed, option)) throw new InvalidDataException($"{option.Name} is about a beam search; give --beams N with at least 2");
        }
        else if (sampling.Given(parsed).FirstOrDefault() is { } drawing)
        {
            throw new InvalidDataException($"{drawing} says how tokens are drawn, and a beam search draws none; leave it or --beams out");
        }
        if (!isSearch)
        {
            if (IsGiven(parsed, _rerank)) throw new InvalidDataException("--rerank chooses among several continuations; give --beams N or --best-of N with at least 2");
            return null;
        }
        if (returned > Math.Max(beams, bestOf)) throw new InvalidDataException($"--num-return-sequences {returned}: {(beams > 1 ? $"a search with --beams {beams} finds {beams}" : $"--best-of {bestOf} draws {bestOf}")} at most");
        if (IsGiven(parsed, _penaltyAlpha)) throw new InvalidDataException("--penalty-alpha is a search of its own; leave it or the others out");
        if (speculation.Given(parsed).FirstOrDefault() is { } draft) throw new InvalidDataException($"{draft} makes one text faster, and --beams and --best-of look for several; give one of them");
        return new SearchPlan(beams > 1 ? Beams(parsed, beams) : null, bestOf, returned, Reranker(parsed.GetValue(_rerank), beams > 1));
    }

    /// <summary>Contrastive search where it was asked for, to be disposed after the generation; else null.</summary>
    /// <exception cref="InvalidDataException">Options beside it contradict it.</exception>
    public ContrastiveDecoding? Contrastive(ParseResult parsed, SamplingArguments sampling, SpeculationArguments speculation)
    {
        if (parsed.GetValue(_penaltyAlpha) is not { } alpha) return null;
        if (speculation.Given(parsed).Concat(sampling.Given(parsed, exceptTopK: true)).FirstOrDefault() is { } other)
            throw new InvalidDataException($"{other} has no meaning beside --penalty-alpha, which draws nothing and looks at one token at a time; leave one of them out");
        return new ContrastiveDecoding(alpha, sampling.TopK(parsed) is { } k and > 0 ? k : DefaultContrastiveTopK);
    }

    private BeamSearchOptions Beams(ParseResult parsed, int beams)
    {
        var diversity = parsed.GetValue(_diversityPenalty) ?? 0;
        return new BeamSearchOptions
        {
            BeamCount = beams,
            GroupCount = parsed.GetValue(_groups) ?? (diversity > 0 ? beams : 1),
            LengthPenalty = parsed.GetValue(_lengthPenalty) ?? 1,
            DiversityPenalty = diversity,
        };
    }

    private static LogProbabilityReranker? Reranker(string? name, bool isBeams) => name switch
    {
        null => isBeams ? null : new LogProbabilityReranker(perToken: true),
        "logprob" => new LogProbabilityReranker(),
        "mean-logprob" => new LogProbabilityReranker(perToken: true),
        _ => throw new InvalidDataException($"--rerank {name}: use logprob or mean-logprob"),
    };

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}

/// <summary>A search as asked for.</summary>
/// <param name="Beams">Its settings; null to draw.</param>
/// <param name="Draws">Continuations to draw.</param>
/// <param name="Returned">Continuations to show.</param>
/// <param name="Reranker">What ranks them; null for the search itself.</param>
internal sealed record SearchPlan(BeamSearchOptions? Beams, int Draws, int Returned, IReranker? Reranker)
{
    /// <summary>The continuations to show, best first.</summary>
    public IReadOnlyList<TextCompletion> Run(TextSearch search, PromptRequest request, SamplingOptions sampling, GenerationOptions limits, CancellationToken cancellation) =>
        [.. (Beams is null ? search.Samples(request, sampling, Draws, limits, Reranker, cancellation) : search.Beams(request, Beams, limits, Reranker, cancellation)).Take(Returned)];
}
