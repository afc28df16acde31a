using System.Text.Json;
using Puna.Tests;

namespace Puna.Inference.Tests;

/// <summary>tests/golden/sampling/beam_search.json: the bookkeeping in double precision to 1e-12, the search over an engine in single precision.</summary>
public class GoldenBeamTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Load().Length)];

    [Theory, MemberData(nameof(Cases))]
    public void The_bookkeeping_finds_the_golden_beams(int number)
    {
        var golden = Load()[number];
        var (table, options, limits) = Read(golden);
        var group = new BeamGroup(options.BeamCount, options, limits, limits.MaxOutputTokens!.Value);
        while (group.Live.Count > 0)
        {
            for (var beam = 0; beam < group.Live.Count; beam++)
                group.Offer(beam, table[group.Live[beam].Ids is [.., var last] ? last : golden.GetProperty("start").GetInt32()], new Dictionary<int, int>());
            group.Advance();
        }
        Compare(group.Finished, golden, 1e-12);
    }

    [Theory, MemberData(nameof(Cases))]
    public void The_search_finds_the_golden_beams(int number)
    {
        var golden = Load()[number];
        var (table, options, limits) = Read(golden);
        using var engine = new TableEngine([.. table.Select(row => row.Select(p => (float)p).ToArray())]);
        Compare(new BeamSearch(engine, options).Run([golden.GetProperty("start").GetInt32()], limits), golden, 2e-6);
        engine.Alive.ShouldBe(0);
    }

    [Fact]
    public void The_file_holds_the_cases_that_were_counted() => Load().Length.ShouldBe(36);

    private static void Compare(IReadOnlyList<Completion> found, JsonElement golden, double tolerance)
    {
        var expected = golden.GetProperty("beams").EnumerateArray().ToArray();
        found.Count.ShouldBe(expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            int[] tokens = found[i].FinishReason == FinishReason.Stop ? [.. found[i].Ids, golden.GetProperty("eos").GetInt32()] : [.. found[i].Ids];
            tokens.ShouldBe(expected[i].GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()));
            found[i].TokenCount.ShouldBe(tokens.Length);
            found[i].LogProbability.ShouldBe(expected[i].GetProperty("log_probability").GetDouble(), 10 * tolerance);
            found[i].Score.ShouldBe(expected[i].GetProperty("score").GetDouble(), 10 * tolerance);
        }
    }

    private static (double[][] Table, BeamSearchOptions Options, GenerationOptions Limits) Read(JsonElement golden)
    {
        var options = new BeamSearchOptions
        {
            BeamCount = golden.GetProperty("width").GetInt32(),
            LengthPenalty = golden.GetProperty("alpha").GetDouble(),
            LengthPenaltyForm = golden.GetProperty("length_penalty").GetString() switch { "length" => LengthPenaltyForm.Length, "gnmt" => LengthPenaltyForm.Gnmt, var other => throw new InvalidDataException(other) },
        };
        var limits = new GenerationOptions { StopIds = [golden.GetProperty("eos").GetInt32()], MaxOutputTokens = golden.GetProperty("max_new_tokens").GetInt32() };
        return ([.. golden.GetProperty("log_probabilities").EnumerateArray().Select(row => row.EnumerateArray().Select(p => p.GetDouble()).ToArray())], options, limits);
    }

    private static JsonElement[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Golden("sampling/beam_search.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
