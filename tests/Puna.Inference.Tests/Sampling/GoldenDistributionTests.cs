using System.Text.Json;
using Puna.Inference;

namespace Puna.Tests.Inference;

/// <summary>Every case of tests/golden/sampling/distributions.json: kept ids exactly, probabilities to 1e-12.</summary>
public class GoldenDistributionTests
{
    /// <summary>Steps that the golden file has and the chain has not: none. A case with any other name fails, so nothing is skipped in silence.</summary>
    private static readonly string[] NotYetSupported = [];

    public static TheoryData<int> Cases()
    {
        var data = new TheoryData<int>();
        for (var i = 0; i < Load().Length; i++) data.Add(i);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Chain_leaves_the_golden_distribution(int number)
    {
        var golden = Load()[number];
        var candidates = new Candidates();
        candidates.Load<double>(Doubles(golden, "logits"));
        foreach (var element in golden.GetProperty("steps").EnumerateArray())
        {
            if (NotYetSupported.Contains(Name(element))) return;
            var history = new SamplingHistory();
            if (element.TryGetProperty("history", out var tokens)) history.Add([.. tokens.EnumerateArray().Select(t => t.GetInt32())]);
            Step(element, golden.GetProperty("convention").GetString() == "hf").Apply(candidates, history);
        }
        candidates.Normalise();

        var found = new double[candidates.VocabularySize];
        foreach (var candidate in candidates.Kept) found[candidate.Id] = candidate.Probability;
        var kept = Enumerable.Range(0, found.Length).Where(id => found[id] > 0);
        kept.ShouldBe(golden.GetProperty("kept").EnumerateArray().Select(id => id.GetInt32()));
        var expected = Doubles(golden, "probabilities");
        for (var id = 0; id < found.Length; id++) found[id].ShouldBe(expected[id], 1e-12, $"case {number}, token {id}");
    }

    [Fact]
    public void The_file_holds_the_cases_that_were_counted() => Load().Length.ShouldBe(133);

    private static ISamplerStep Step(JsonElement e, bool huggingFace)
    {
        double Number(string name) => e.GetProperty(name).GetDouble();
        var keep = e.TryGetProperty("min_keep", out var least) ? least.GetInt32() : 1;
        return Name(e) switch
        {
            "temperature" => new Temperature(Number("t")),
            "top_k" => new TopK(e.GetProperty("k").GetInt32(), e.TryGetProperty("ties", out var ties) ? ties.GetString() == "keep" : huggingFace),
            "top_p" => new TopP(Number("p"), keep),
            "min_p" => new MinP(Number("p"), keep),
            "typical_p" => new Typical(Number("p"), keep),
            "repetition_penalty_hf" => new Penalties(Number("penalty")),
            "penalties_llama_cpp" => new Penalties(Number("repeat"), Number("frequency"), Number("presence"), e.GetProperty("last_n").GetInt32()),
            var other => throw new InvalidDataException($"The golden file has the step '{other}', which this test neither runs nor lists as not yet supported."),
        };
    }

    private static string Name(JsonElement step) => step.GetProperty("transform").GetString()!;

    private static double[] Doubles(JsonElement e, string name) => [.. e.GetProperty(name).EnumerateArray().Select(x => x.GetDouble())];

    private static JsonElement[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Golden("sampling/distributions.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
