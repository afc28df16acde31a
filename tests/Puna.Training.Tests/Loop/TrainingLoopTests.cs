using Puna.Tensors;

namespace Puna.Training.Tests;

public class TrainingLoopTests
{
    [Fact]
    public void Evaluations_and_checkpoints_come_when_they_are_due_and_an_evaluation_at_the_end()
    {
        using var device = new CpuDevice(1);
        using var trainer = TinyTraining.Trainer(device, TinyTraining.Options with { Steps = 11 });
        List<int> stepped = [], evaluated = [], saved = [];
        var outcome = TrainingLoop.Run(trainer, new TrainingHooks
        {
            Stepped = progress => stepped.Add(progress.Result.Step),
            Evaluate = progress => evaluated.Add(progress.Result.Step),
            EvaluateEvery = 5,
            Save = progress => saved.Add(progress.Result.Step),
            SaveEvery = 4,
        }, secondsBefore: 100);
        stepped.ShouldBe(Enumerable.Range(1, 11));
        evaluated.ShouldBe([5, 10, 11]);
        saved.ShouldBe([4, 8]);
        outcome.Finished.ShouldBeTrue();
        outcome.Seconds.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void A_cancellation_ends_it_after_the_present_step_with_a_checkpoint_and_without_an_evaluation()
    {
        using var device = new CpuDevice(1);
        using var source = new CancellationTokenSource();
        using var trainer = TinyTraining.Trainer(device);
        List<int> evaluated = [], saved = [];
        var outcome = TrainingLoop.Run(trainer, new TrainingHooks
        {
            Stepped = progress =>
            {
                if (progress.Result.Step == 3) source.Cancel();
            },
            Evaluate = progress => evaluated.Add(progress.Result.Step),
            Save = progress => saved.Add(progress.Result.Step),
        }, cancellation: source.Token);
        outcome.Finished.ShouldBeFalse();
        trainer.Step.ShouldBe(3);
        saved.ShouldBe([3]);
        evaluated.ShouldBeEmpty();
    }

    [Fact]
    public void The_schedule_warms_up_follows_its_shape_and_ends_at_the_final_fraction()
    {
        var cosine = new LearningRateSchedule(ScheduleShape.Cosine, 1, 10, 110, 0.1);
        (cosine.At(1), cosine.At(10), cosine.At(60), cosine.At(110)).ShouldBe((0.1, 1, 0.55, 0.1));
        var linear = cosine with { Shape = ScheduleShape.Linear };
        (linear.At(10), linear.At(60), linear.At(110)).ShouldBe((1, 0.55, 0.1));
        (cosine with { Shape = ScheduleShape.Constant }).At(77).ShouldBe(1);
        (cosine with { WarmupSteps = 0 }).At(1).ShouldBeLessThan(1);
        (cosine with { WarmupSteps = 110 }).At(110).ShouldBe(1);
        for (var step = 11; step < 110; step++) cosine.At(step + 1).ShouldBeLessThan(cosine.At(step));
    }
}
