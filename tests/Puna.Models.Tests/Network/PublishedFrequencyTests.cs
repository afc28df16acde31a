namespace Puna.Models.Tests;

/// <summary>Rotary frequencies against published figures and against the formulas of the papers, written here once more and in another form.</summary>
public class PublishedFrequencyTests
{
    [Theory]
    [InlineData(128, 8, 29, new[] { 1.207484, 1.553415, 2.026313, 2.694530, 3.684253, 5.257327 })]
    [InlineData(64, 32, 15, new[] { 1.651329, 3.292262, 9.666729 })]
    public void Llama_3_1_and_3_2_keep_blend_and_divide_as_published(int headSize, double factor, int first, double[] divisors)
    {
        var scaling = new Llama3RopeScaling(factor, 1, 4, 8192);
        var (plain, scaled) = (RopeScaling.Plain(500_000, headSize), scaling.Frequencies(500_000, headSize, 131_072));
        for (var pair = 0; pair < headSize / 2; pair++)
        {
            var divisor = plain[pair] / scaled[pair];
            if (pair < first) divisor.ShouldBe(1, 1e-12, $"pair {pair}");
            else if (pair >= first + divisors.Length) divisor.ShouldBe(factor, 1e-9, $"pair {pair}");
            else divisor.ShouldBe(divisors[pair - first], 1e-6, $"pair {pair}");
        }
    }

    [Fact]
    public void Linear_scaling_divides_every_frequency()
    {
        var (plain, scaled) = (RopeScaling.Plain(10_000, 128), new LinearRopeScaling(8).Frequencies(10_000, 128, 16_384));
        for (var pair = 0; pair < 64; pair++) scaled[pair].ShouldBe(Math.Exp(-pair * Math.Log(10_000) / 64) / 8, 1e-14, $"pair {pair} of {plain.Length}");
    }

    [Theory]
    [InlineData(10_000, 128, 4)]
    [InlineData(500_000, 64, 16)]
    public void Ntk_divides_a_pair_by_the_factor_to_the_power_of_its_share_of_the_way(double theta, int headSize, double factor)
    {
        // θ' = θ·s^(D/(D−2)) is the same as dividing pair i by s^(i/(D/2 − 1))
        var (plain, scaled) = (RopeScaling.Plain(theta, headSize), new NtkRopeScaling(factor).Frequencies(theta, headSize, 0));
        for (var pair = 0; pair < headSize / 2; pair++) (plain[pair] / scaled[pair]).ShouldBe(Math.Pow(factor, pair / ((headSize / 2) - 1.0)), 1e-9, $"pair {pair}");
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(6000)]
    public void Dynamic_ntk_is_ntk_with_the_factor_that_the_length_asks_for(int length)
    {
        var grown = (4.0 * length / 4096) - 3;
        new DynamicNtkRopeScaling(4, 4096).Frequencies(10_000, 128, length).ShouldBe(new NtkRopeScaling(grown).Frequencies(10_000, 128, length));
    }

    [Theory]
    [InlineData(10_000, 128, 16, 4096, 20, 46)] // Llama 2 7B at 64k, as in the paper
    [InlineData(500_000, 128, 4, 8192, 18, 35)]
    public void Yarn_blends_between_the_pairs_that_turn_32_times_and_once(double theta, int headSize, double factor, int original, int first, int last)
    {
        var (plain, scaled) = (RopeScaling.Plain(theta, headSize), new YarnRopeScaling(factor, original).Frequencies(theta, headSize, 0));
        double Turns(int pair) => original * plain[pair] / (2 * Math.PI);
        (Turns(first) >= 32, Turns(first + 1) < 32, Turns(last - 1) > 1, Turns(last) <= 1).ShouldBe((true, true, true, true), "the pairs of this test's own");
        for (var pair = 0; pair < headSize / 2; pair++)
        {
            var share = Math.Clamp((pair - first) / (double)(last - first), 0, 1);
            scaled[pair].ShouldBe(plain[pair] * (1 - share + (share / factor)), plain[pair] * 1e-12, $"pair {pair}");
        }
    }
}
