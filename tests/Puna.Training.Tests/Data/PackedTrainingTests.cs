using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>A sample in a packed row is trained on exactly as it would be alone.</summary>
public class PackedTrainingTests
{
    private static readonly TrainingSample A = new(TinyLlama.Ids(9, 1)), B = new(TinyLlama.Ids(14, 2), [.. Enumerable.Range(0, 14).Select(t => t > 5)]);

    [Fact]
    public void The_loss_of_a_packed_row_is_the_sum_of_its_samples_losses()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        var together = SequencePacker.Pack([A, B], 24).Rows;
        together.Count.ShouldBe(1);
        forward.SumLoss(network, together).ShouldBe(forward.SumLoss(network, SequencePacker.Pack([A], 24).Rows) + forward.SumLoss(network, SequencePacker.Pack([B], 24).Rows), 1e-5 * together.LabelCount);
    }

    [Fact]
    public void Changing_one_sample_leaves_the_logits_of_the_other_untouched()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        float[][] Logits(TrainingSample a)
        {
            var rows = SequencePacker.Pack([a, B], 24).Rows;
            return forward.Logits(network, rows.Ids, documents: rows.Documents, positions: rows.Positions);
        }

        var (before, after) = (Logits(A), Logits(new TrainingSample(TinyLlama.Ids(9, 77))));
        for (var t = 8; t < 24; t++) after[t].ShouldBe(before[t]);
        after[7].ShouldNotBe(before[7]);
    }

    [Fact]
    public void The_gradient_of_a_packed_row_is_that_of_its_samples_in_rows_of_their_own()
    {
        using var device = new CpuDevice(1);
        using var packed = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 1 }, new GivenBatches([SequencePacker.Pack([A, B], 24).Rows]));
        using var alone = TinyTraining.Trainer(device, TinyTraining.Options with { BatchSize = 2 }, new GivenBatches([SequencePacker.Pack([A, B], 24, separate: false).Rows]));
        packed.Advance().Loss.ShouldBe(alone.Advance().Loss, 1e-6);
        foreach (var (a, b) in packed.Network.Parameters.Zip(alone.Network.Parameters))
            GoldenModel.RelativeL2(GoldenModel.ToDouble(a.Tensor.Gradient!), GoldenModel.ToDouble(b.Tensor.Gradient!)).ShouldBeLessThan(1e-5, a.Name);
    }
}
