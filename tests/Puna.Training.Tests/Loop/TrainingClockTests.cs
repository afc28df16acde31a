namespace Puna.Training.Tests;

public class TrainingClockTests
{
    private double _now;

    [Fact]
    public void All_that_is_not_booked_is_other_and_only_checkpoints_skipped_steps_and_restarts_are_lost()
    {
        var clock = new TrainingClock(() => _now);
        _now = 10;
        clock.AddStep(5, isSkipped: false);
        clock.AddStep(1, isSkipped: true);
        clock.AddCheckpoint(2);
        clock.Spent.ShouldBe(new TimeSpent(5, 2, 2, 1, 0));
        (clock.Spent.Elapsed, clock.Spent.Lost).ShouldBe((10, 3));
        clock.Spent.EffectiveShare.ShouldBe(0.7, 1e-12);
        TimeSpent.None.EffectiveShare.ShouldBe(1);
    }

    [Fact]
    public void After_a_kill_the_work_since_the_checkpoint_and_the_new_preparation_are_the_restarts()
    {
        var saved = new TimeSpent(50, 20, 5, 1, 4); // 80 s until the checkpoint
        var clock = new TrainingClock(() => _now);
        _now = 3; // reading and loading
        clock.GoOn(saved, elapsed: 95); // it lived 15 s longer than the checkpoint knows
        clock.Spent.ShouldBe(new TimeSpent(50, 20, 5, 1, 4 + 15 + 3));
        _now = 13;
        clock.AddStep(8, isSkipped: false);
        clock.Spent.ShouldBe(new TimeSpent(58, 22, 5, 1, 22));
        clock.Spent.Elapsed.ShouldBe(95 + 13);
    }
}
