using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Puna.Experiments.Benchmarks;

namespace Puna.Cli.Options;

/// <summary>The options of <c>puna bench --model</c>, which alone among the verbs follow llama-bench's short names.</summary>
internal sealed class InferenceBenchArguments
{
    private static readonly InferenceBenchPlan Defaults = new();
    private readonly Option<int[]> _prompts = NumberOption.List("--n-prompt", "With --model: tokens of a prompt; several numbers are several tests, 0 is none (default 512)", 0, int.MaxValue, "-p");
    private readonly Option<int[]> _generations = NumberOption.List("--n-gen", "With --model: tokens to generate, one after the other (default 128)", 0, int.MaxValue, "-n");
    private readonly Option<int[]> _depths = NumberOption.List("--n-depth", "With --model: positions that are filled before the clock starts (default 0)", 0, int.MaxValue, "-d");
    private readonly Option<int[]> _batches = NumberOption.List("--batch", "With --model: read and continue so many sequences at once, as llama-batched-bench does", 1, 4096);
    private readonly Option<int?> _repetitions = NumberOption.Whole("--repetitions", "With --model: how often each test is measured (default 5)", 1, 10_000, "-r");
    private readonly Option<bool> _noWarmUp = new("--no-warmup") { Description = "With --model: measure at once, without a run before that counts for nothing" };
    private readonly Option<string?> _format = new("--format", "-o") { Description = "With --model: md, json or csv, as llama-bench prints them (default md)", HelpName = "md|json|csv" };
    private readonly Option<(int Prompt, int Generated)[]> _pairs = new("--prompt-gen", "-pg")
    {
        Description = "With --model: a prompt and what follows it as one test; may be given several times",
        HelpName = "P,G",
        DefaultValueFactory = _ => [],
        CustomParser = result => [.. result.Tokens.Select(token => Pair(token.Value, result))],
    };

    public IReadOnlyList<Option> Options => [_prompts, _generations, _pairs, _depths, _batches, _repetitions, _noWarmUp, _format];

    /// <summary>What was asked for.</summary>
    public InferenceBenchPlan Plan(ParseResult parsed) => new()
    {
        Prompts = parsed.GetValue(_prompts) is { Length: > 0 } prompts ? prompts : Defaults.Prompts,
        Generations = parsed.GetValue(_generations) is { Length: > 0 } generations ? generations : Defaults.Generations,
        Pairs = parsed.GetValue(_pairs) ?? [],
        Depths = parsed.GetValue(_depths) is { Length: > 0 } depths ? depths : Defaults.Depths,
        Batches = parsed.GetValue(_batches) ?? [],
        Repetitions = parsed.GetValue(_repetitions) ?? Defaults.Repetitions,
        WarmsUp = !parsed.GetValue(_noWarmUp),
    };

    /// <summary>md, json or csv.</summary>
    /// <exception cref="InvalidDataException">Another format, or two.</exception>
    public string Format(ParseResult parsed, bool json) => (parsed.GetValue(_format), json) switch
    {
        ({ } format, true) when format != "json" => throw new InvalidDataException($"--json and --format {format} contradict each other; give one of them"),
        (_, true) => "json",
        (null, _) => "md",
        ({ } format, _) => format is "md" or "json" or "csv" ? format : throw new InvalidDataException($"--format {format}: use md, json or csv"),
    };

    private static (int Prompt, int Generated) Pair(string text, ArgumentResult result)
    {
        static bool IsCount(string part, out int count) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
        var parts = text.Split(',');
        if (parts.Length == 2 && IsCount(parts[0], out var prompt) && IsCount(parts[1], out var generated)) return (prompt, generated);
        result.AddError($"--prompt-gen {text}: use two whole numbers above 0, as in 512,128");
        return default;
    }
}
