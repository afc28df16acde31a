namespace Puna.Experiments.Benchmarks;

/// <summary>Tokens of a prompt, then tokens generated one after the other, timed as one: <c>pp512</c>, <c>tg128</c>, <c>pp512+tg128</c>.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Generated">Tokens generated.</param>
/// <param name="Depth">Positions that are filled before the clock starts.</param>
public readonly record struct InferenceTest(int Prompt, int Generated, int Depth)
{
    /// <summary>Positions it needs.</summary>
    public long Positions => (long)Prompt + Generated + Depth;

    /// <summary>Its name in the tables of llama-bench.</summary>
    public string Name
    {
        get
        {
            var (prompt, generated) = (Prompt > 0 ? $"pp{Prompt}" : "", Generated > 0 ? $"tg{Generated}" : "");
            return $"{prompt}{(Prompt > 0 && Generated > 0 ? "+" : "")}{generated}{(Depth > 0 ? $" @ d{Depth}" : "")}";
        }
    }
}

/// <summary>What <see cref="InferenceBench"/> is to measure, in the words of llama-bench.</summary>
public sealed record InferenceBenchPlan
{
    /// <summary>--n-prompt: lengths of prompts; 0 for none.</summary>
    public IReadOnlyList<int> Prompts { get; init; } = [512];

    /// <summary>--n-gen: tokens to generate; 0 for none.</summary>
    public IReadOnlyList<int> Generations { get; init; } = [128];

    /// <summary>-pg: pairs of both, timed together.</summary>
    public IReadOnlyList<(int Prompt, int Generated)> Pairs { get; init; } = [];

    /// <summary>--n-depth: positions that are filled before.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [0];

    /// <summary>Numbers of sequences for <see cref="InferenceBench.RunBatched"/>; none for the ordinary tests.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [];

    /// <summary>How often each test is measured.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>Whether a test runs once unmeasured, and for <see cref="InferenceBench.WarmUpSeconds"/> at least: the just-in-time compiler replaces what is called often.</summary>
    public bool WarmsUp { get; init; } = true;

    /// <summary>The tests one after the other: for each depth all prompts, then all generations, then the pairs.</summary>
    public IReadOnlyList<InferenceTest> Tests =>
    [
        .. Depths.SelectMany(depth => (IEnumerable<InferenceTest>)
        [
            .. Prompts.Where(count => count > 0).Select(count => new InferenceTest(count, 0, depth)),
            .. Generations.Where(count => count > 0).Select(count => new InferenceTest(0, count, depth)),
            .. Pairs.Select(pair => new InferenceTest(pair.Prompt, pair.Generated, depth)),
        ]),
    ];

    /// <summary>The tests of several sequences: each number with each depth, prompt and generation.</summary>
    public IReadOnlyList<(InferenceTest Test, int Sequences)> BatchedTests =>
    [
        .. from depth in Depths
           from prompt in Prompts
           from generated in Generations
           from sequences in Batches
           select (new InferenceTest(prompt, generated, depth), sequences),
    ];

    /// <summary>Positions that the longest test needs.</summary>
    /// <exception cref="InvalidDataException">There is nothing to measure, or the model has fewer positions.</exception>
    public int RequiredPositions(int contextLength)
    {
        InferenceTest[] tests = Batches.Count > 0 ? [.. BatchedTests.Select(test => test.Test)] : [.. Tests];
        if (tests.Length == 0) throw new InvalidDataException("nothing is left to measure; give --n-prompt, --n-gen or -pg something above 0");
        if (Batches.Count > 0 && tests.Any(test => test.Prompt == 0 || test.Generated == 0)) throw new InvalidDataException("--batch measures prompts and then what follows them; give --n-prompt and --n-gen above 0");
        var longest = tests.MaxBy(test => test.Positions);
        return longest.Positions <= contextLength ? (int)longest.Positions
            : throw new InvalidDataException($"{longest.Name} needs {longest.Positions} positions, this model has {contextLength}; give smaller --n-prompt, --n-gen or --n-depth");
    }
}
