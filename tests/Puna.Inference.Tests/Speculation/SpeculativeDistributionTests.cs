namespace Puna.Inference.Tests;

/// <summary>A draft never changes what the text is drawn from: texts with and without one, each with seeds of its own, come equally often.</summary>
public class SpeculativeDistributionTests
{
    private const int Draws = 8000, Length = 4;
    private static readonly int[] Prompt = [0, 3, 1, 0, 3];
    private static readonly float[][] Target = Tables.Random(1), Similar = [.. Target.Zip(Tables.Random(2), (a, b) => a.Zip(b, (x, y) => x + 0.5f * y).ToArray())];

    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    public static TheoryData<string> Chains => [.. Options.Keys];

    private static Dictionary<string, SamplingOptions> Options { get; } = new()
    {
        ["plain"] = Plain,
        ["default, hot"] = new SamplingOptions { Temperature = 1.3 },
        ["top-k, top-p"] = Plain with { TopK = 4, TopP = 0.9 },
        ["penalties"] = Plain with { RepetitionPenalty = 1.5, FrequencyPenalty = 0.5, PresencePenalty = 0.3 },
        ["dry"] = Plain with { DryMultiplier = 2, DryAllowedLength = 1, DrySequenceBreakers = [] },
        ["xtc"] = Plain with { XtcProbability = 0.5, XtcThreshold = 0.15 },
        ["typical, dynamic temperature"] = Plain with { TypicalP = 0.8, DynamicTemperatureRange = 0.7 },
        ["top-n-sigma, bias"] = Plain with { TopNSigma = 1.5, LogitBias = new Dictionary<int, double> { [2] = 1, [4] = double.NegativeInfinity } },
        ["mirostat"] = Plain with { Mirostat = 2, MirostatTau = 1.8, MirostatEta = 0.5 },
    };

    [Theory, MemberData(nameof(Chains))]
    public void A_draft_models_text_has_the_models_distribution(string chain) =>
        Compare(Options[chain], () => new ModelDrafter(new TableEngine(Similar), ownsEngine: true));

    [Theory, MemberData(nameof(Chains))]
    public void A_look_ups_text_has_the_models_distribution(string chain) => Compare(Options[chain], () => new LookupDrafter(1));

    [Fact]
    public void A_draft_model_that_ends_its_drafts_early_changes_nothing() =>
        Compare(Plain, () => new ModelDrafter(new TableEngine(Similar), leastProbability: 0.4, ownsEngine: true));

    [Fact]
    public void The_test_would_see_a_rule_that_is_wrong()
    {
        // greedy drafts taken as if they had been drawn from the draft model's distribution
        using var biased = new Biased();
        ChiSquare(Count(Plain, Decoding.Plain, 0), Count(Plain, new SpeculativeDecoding(biased, 3), Draws)).ShouldBeGreaterThan(20);
    }

    private static void Compare(SamplingOptions options, Func<IDrafter> make)
    {
        using var drafter = make();
        var decoding = new SpeculativeDecoding(drafter, 3);
        var (alone, drafted) = (Count(options, Decoding.Plain, 0), Count(options, decoding, Draws));
        ChiSquare(alone, drafted).ShouldBeLessThan(5); // standard deviations above the mean
    }

    private static Dictionary<string, int> Count(SamplingOptions options, Decoding decoding, int firstSeed)
    {
        using var generator = new Generator(new TableEngine(Target), ownsEngine: true) { Decoding = decoding };
        var limits = new GenerationOptions { MaxOutputTokens = Length, StopIds = [-1] };
        var counts = new Dictionary<string, int>();
        var accepted = 0;
        for (var i = 0; i < Draws; i++)
        {
            var text = string.Concat(generator.Generate(Prompt, new SamplerChain(options with { Seed = firstSeed + i }), limits));
            counts[text] = counts.GetValueOrDefault(text) + 1;
            accepted += generator.Statistics.AcceptedTokens;
        }
        if (decoding != Decoding.Plain) accepted.ShouldBeGreaterThan(Draws / 200, "or nothing is tested");
        return counts;
    }

    /// <summary>Whether two samples of the same size are of one distribution, in standard deviations of the statistic; texts that hardly come count together.</summary>
    private static double ChiSquare(Dictionary<string, int> a, Dictionary<string, int> b)
    {
        var pairs = a.Keys.Union(b.Keys).Select(text => (A: a.GetValueOrDefault(text), B: b.GetValueOrDefault(text))).ToArray();
        var rare = pairs.Where(pair => pair.A + pair.B < 20).ToArray();
        (int A, int B)[] cells = [.. pairs.Where(pair => pair.A + pair.B >= 20), (rare.Sum(pair => pair.A), rare.Sum(pair => pair.B))];
        cells = [.. cells.Where(cell => cell.A + cell.B > 0)];
        var statistic = cells.Sum(cell => Math.Pow(cell.A - cell.B, 2) / (cell.A + cell.B));
        return (statistic - (cells.Length - 1)) / Math.Sqrt(2.0 * Math.Max(1, cells.Length - 1));
    }

    private sealed class Biased : IDrafter
    {
        private readonly SamplerChain _chain = new(Plain);

        public void Begin(SamplerChain chain, int vocabularySize)
        {
        }

        public void Draft(ReadOnlySpan<int> ids, int most, DraftTokens draft)
        {
            var distribution = _chain.Distribution(Similar[ids[^1]]);
            draft.Add(distribution.Best().Id, distribution.Kept);
        }

        public void Dispose()
        {
        }
    }
}
