using System.Text.Json;
using Puna.Tests;

namespace Puna.Inference.Tests;

/// <summary>tests/golden/sampling/speculative.json, to 1e-12.</summary>
public class SpeculativeRuleTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Load().Length)];

    [Theory, MemberData(nameof(Cases))]
    public void What_is_taken_and_what_is_left_are_golden(int number)
    {
        var golden = Load()[number];
        double[] target = Numbers(golden, "target"), draft = Numbers(golden, "draft");
        var rule = new SpeculativeRule();
        var accept = Numbers(golden, "accept_probability");
        for (var i = 0; i < target.Length; i++) SpeculativeRule.AcceptProbability(target[i], draft[i]).ShouldBe(accept[i], 1e-12);
        rule.AcceptanceRate(Of(target), Of(draft)).ShouldBe(golden.GetProperty("acceptance_rate").GetDouble(), 1e-12);
        rule.Residual(Of(target), Of(draft)).ToArray().ShouldBe(Numbers(golden, "residual"), 1e-12);
        rule.Residual(Of(target), Of(draft)).ToArray().ShouldBe(Numbers(golden, "residual"), 1e-12, "nothing is left of the call before");
    }

    [Fact]
    public void The_file_holds_the_cases_that_were_counted() => Load().Length.ShouldBe(6);

    [Fact]
    public void A_draft_that_is_the_target_is_always_taken_without_chance()
    {
        var (rule, chain) = (new SpeculativeRule(), new SamplerChain(new SamplingOptions { Temperature = 1 }));
        float[] logits = [1, 0.5f, 0, -1];
        for (var token = 0; token < 3; token++) rule.Judge(chain, logits, token, chain.Distribution(logits).Kept.ToArray()).ShouldBe(token);
        chain.Position.ShouldBe(0ul);
        chain.History.Tokens.ToArray().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void A_draft_that_cannot_come_is_never_taken()
    {
        var (rule, chain) = (new SpeculativeRule(), new SamplerChain(new SamplingOptions { TopK = 2 }));
        for (var i = 0; i < 100; i++) rule.Judge(chain, [1, 0.5f, 0, -1], 3, [new Candidate(3, 0, 1)]).ShouldBeInRange(0, 1);
    }

    private static Candidate[] Of(double[] probabilities) => [.. probabilities.Select((p, id) => new Candidate(id, Math.Log(p), p))];

    private static double[] Numbers(JsonElement e, string name) => [.. e.GetProperty(name).EnumerateArray().Select(x => x.GetDouble())];

    private static JsonElement[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Golden("sampling/speculative.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
