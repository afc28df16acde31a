namespace Puna.Inference.Tests;

/// <summary>What can be known of sampling values before a model is asked is refused then, DRY's own too, whether it is on or off.</summary>
public sealed class SamplingRangeTests
{
    public static TheoryData<string, SamplingOptions, string> Wrong => new()
    {
        { "multiplier", new SamplingOptions { DryMultiplier = -1 }, "DryMultiplier is -1; it must be between 0 and 1000000." },
        { "multiplier that is no number", new SamplingOptions { DryMultiplier = double.NaN }, "DryMultiplier is NaN" },
        { "base, off", new SamplingOptions { DryBase = 0.5 }, "DryBase is 0.5" },
        { "base, on", new SamplingOptions { DryMultiplier = 1, DryBase = 0.5 }, "DryBase is 0.5" },
        { "allowed length", new SamplingOptions { DryMultiplier = 1, DryAllowedLength = 0 }, "DryAllowedLength is 0" },
        { "window", new SamplingOptions { DryMultiplier = 1, DryWindow = -2 }, "DryWindow is -2" },
        { "breaker", new SamplingOptions { DryMultiplier = 1, DrySequenceBreakers = ["\n", ""] }, "a sequence breaker of DRY must not be empty" },
        { "another step", new SamplingOptions { DryMultiplier = 1, TopP = 2 }, "TopP is 2; it must be between 0 and 1." },
        { "names", new SamplingOptions { DryMultiplier = 1, Samplers = "dry;dry" }, "names the step 'dry' twice" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_value_out_of_range_is_a_sentence(string name, SamplingOptions options, string words) =>
        Should.Throw<InvalidDataException>(() => SamplingRange.Require(options), name).Message.ShouldContain(words);

    [Fact]
    public void Sound_values_pass_and_breakers_wait_for_a_tokenizer()
    {
        SamplingRange.Require(new SamplingOptions { DryMultiplier = 0.8 });
        Should.Throw<InvalidDataException>(() => SamplingRange.Chain(new SamplingOptions { DryMultiplier = 0.8 }, new GenerationOptions(), null, [])).Message.ShouldBe("DRY's sequence breakers are strings: give the tokenizer, or no breakers");
    }
}
