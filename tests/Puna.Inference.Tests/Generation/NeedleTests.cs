using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>Rotary scaling as machinery: with it a needle is found beyond the length that a model was made for, without it not.</summary>
public class NeedleTests
{
    private const int Original = NeedleNetwork.OriginalLength, Factor = 4, Long = Original * Factor;

    public static TheoryData<string> Scalings => new(["linear", "ntk", "llama3", "yarn", "dynamic"]);

    [Fact]
    public void Without_scaling_a_needle_is_found_up_to_the_original_length()
    {
        Found("none", Original, 1, Original - 2).ShouldBe(1);
        Found("none", Long, 1, Original - 2).ShouldBe(1, "distance counts, and not how long the text is");
    }

    [Fact]
    public void Without_scaling_a_needle_beyond_it_is_lost() => Found("none", Long, Original + (Original / 4), 3 * Original).ShouldBeLessThan(0.2);

    [Theory, MemberData(nameof(Scalings))]
    public void With_scaling_a_needle_is_found_up_to_the_scaled_length(string scaling) => Found(scaling, Long, 1, Long - 2).ShouldBe(1);

    [Theory, MemberData(nameof(Scalings))]
    public void With_scaling_a_short_text_is_read_as_before(string scaling) => Found(scaling, Original, 1, Original - 2).ShouldBe(1);

    [Fact]
    public void A_factor_that_is_too_small_reaches_only_so_far()
    {
        var half = new YarnRopeScaling(2, Original);
        Found(half, Long, 1, (Long / 2) - 2).ShouldBe(1);
        Found(half, Long, (Long / 2) + (Original / 2), Long - 2).ShouldBeLessThan(0.2);
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("linear", true)]
    [InlineData("ntk", true)]
    [InlineData("llama3", true)]
    [InlineData("yarn", true)]
    public void In_pieces_and_among_others_it_is_found_as_well(string scaling, bool expected)
    {
        using var device = new CpuDevice(1);
        using var steps = new Steps(new NetworkEngine(NeedleNetwork.Create(Scaling(scaling), Long), device), new SchedulerOptions { MaxSequences = 3, StepTokens = 40, ChunkTokens = 11 });
        var asked = ((int[])[30, 150, 200]).Select((distance, i) =>
        {
            var (ids, needle) = NeedleNetwork.Text(Long - 2 - i, distance, 77);
            return (Handle: steps.Submit(Plain.Request(ids, 1)), Needle: needle, Distance: distance);
        }).ToArray();
        steps.ToTheEnd();
        foreach (var (handle, needle, distance) in asked) (Steps.Tokens(handle)[0] == needle).ShouldBe(expected || distance < Original, $"distance {distance}");
    }

    private static double Found(string scaling, int length, int nearest, int farthest) => Found(Scaling(scaling), length, nearest, farthest);

    /// <summary>The share of needles that are found, at every distance of a range and with two texts for each.</summary>
    private static double Found(RopeScaling? scaling, int length, int nearest, int farthest)
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(NeedleNetwork.Create(scaling, Long), device);
        var (found, all) = (0, 0);
        for (var distance = nearest; distance <= farthest; distance++)
        {
            for (var seed = 1ul; seed <= 2; seed++)
            {
                var (ids, needle) = NeedleNetwork.Text(length, distance, seed);
                generator.Forget();
                var logits = generator.Logits(ids);
                var best = 0;
                for (var id = 1; id < logits.Length; id++)
                    if (logits[id] > logits[best]) best = id;
                found += best == needle ? 1 : 0;
                all++;
            }
        }
        return found / (double)all;
    }

    private static RopeScaling? Scaling(string kind) => kind switch
    {
        "linear" => new LinearRopeScaling(Factor),
        "ntk" => new NtkRopeScaling(Factor),
        "llama3" => new Llama3RopeScaling(Factor, 1, 4, Original),
        "yarn" => new YarnRopeScaling(Factor, Original),
        "dynamic" => new DynamicNtkRopeScaling(Factor, Original),
        _ => null,
    };
}
