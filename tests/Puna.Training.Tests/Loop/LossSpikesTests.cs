using Puna.Tensors;

namespace Puna.Training.Tests;

public class LossSpikesTests
{
    [Fact]
    public void A_loss_above_the_mean_by_more_than_four_deviations_is_a_spike_and_one_below_is_none()
    {
        var spikes = new LossSpikes();
        for (var n = 0; n < 50; n++) spikes.Add(n % 2 == 0 ? 2.9 : 3.1).ShouldBeFalse(); // mean 3, sd 0.1
        spikes.Add(3.39).ShouldBeFalse();
        var again = new LossSpikes();
        for (var n = 0; n < 50; n++) again.Add(n % 2 == 0 ? 2.9 : 3.1);
        again.Add(3.41).ShouldBeTrue();
    }

    [Fact]
    public void Too_few_losses_calm_ones_and_those_that_are_no_numbers_make_no_spike()
    {
        var few = new LossSpikes();
        for (var n = 0; n < 19; n++) few.Add(1);
        few.Add(100).ShouldBeFalse();
        var calm = new LossSpikes();
        for (var n = 0; n < 30; n++) calm.Add(1).ShouldBeFalse();
        calm.Add(1.04).ShouldBeFalse();
        calm.Add(double.NaN).ShouldBeFalse();
        calm.Add(double.PositiveInfinity).ShouldBeFalse();
        calm.Add(1.2).ShouldBeTrue();
    }

    [Fact]
    public void A_falling_noisy_curve_has_none_and_a_loss_that_stays_high_is_marked_at_its_beginning()
    {
        var (spikes, random) = (new LossSpikes(), new CounterRandom(3));
        for (var n = 0; n < 400; n++) spikes.Add(2 + (3 * Math.Exp(-n / 80.0)) + (0.05 * random.NextDouble())).ShouldBeFalse();
        Enumerable.Range(0, 40).Count(_ => spikes.Add(4)).ShouldBeInRange(1, 4);
    }
}
