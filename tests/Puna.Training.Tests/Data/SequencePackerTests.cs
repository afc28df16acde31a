using FsCheck;
using FsCheck.Fluent;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

public class SequencePackerTests
{
    private const int Length = 10;

    // the ids of sample n are 100·n, 100·n + 1, …, so that each tells where it belongs
    private static Arbitrary<TrainingSample[]> Samples { get; } = Gen.Choose(1, 14).Zip(Gen.Choose(0, 5)).NonEmptyListOf().Select(list => list.Select((sample, n) =>
        new TrainingSample([.. Enumerable.Range((n + 1) * 100, sample.Item1)], sample.Item2 == 0 ? null : [.. Enumerable.Range(0, sample.Item1).Select(t => (t * sample.Item2) % 3 == 1)])).ToArray()).ToArbitrary();

    [Fact]
    public void Every_token_of_every_sample_lands_once_with_its_position_document_and_label() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Samples, samples => CheckPacking(samples, true)));

    [Fact]
    public void Unpacked_each_sample_has_a_row_of_its_own() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Samples, samples => CheckPacking(samples, false)));

    [Fact]
    public void Samples_share_rows_where_they_fit()
    {
        var packed = SequencePacker.Pack([Plain(7), Plain(9), Plain(4), Plain(3)], Length); // need 6, 8, 3 and 2 positions
        packed.Rows.Count.ShouldBe(2);
        packed.Fill.ShouldBe(19 / 20.0);
        SequencePacker.Pack([Plain(7), Plain(9), Plain(4), Plain(3)], Length, separate: false).Rows.Count.ShouldBe(4);
    }

    [Fact]
    public void Padding_is_a_document_of_its_own_without_labels()
    {
        var rows = SequencePacker.Pack([Plain(4), Plain(3)], Length).Rows;
        rows.Documents.ShouldBe([0, 0, 0, 1, 1, 2, 2, 2, 2, 2]);
        rows.Positions.ShouldBe([0, 1, 2, 0, 1, 0, 1, 2, 3, 4]);
        rows.Labels[5..].ShouldAllBe(label => label == LogProb.Ignore);
    }

    [Fact]
    public void Only_targets_are_learned_and_a_sample_without_any_is_dropped_and_counted()
    {
        var packed = SequencePacker.Pack([new([1, 2, 3, 4], [false, false, true, true]), new([5, 6], [true, false]), new([7])], Length);
        packed.Dropped.ShouldBe(2);
        packed.Rows.Labels[..3].ShouldBe([LogProb.Ignore, 3, 4]);
        packed.Rows.LabelCount.ShouldBe(2);
    }

    [Fact]
    public void A_sample_longer_than_a_row_loses_its_end_and_is_counted_and_dropped_where_that_was_all_there_was_to_learn()
    {
        var answerAtTheEnd = new bool[20];
        answerAtTheEnd[19] = true;
        var packed = SequencePacker.Pack([Plain(20), new([.. Enumerable.Range(0, 20)], answerAtTheEnd)], Length);
        (packed.Truncated, packed.Dropped, packed.Rows.Count).ShouldBe((2, 1, 1));
        packed.Rows.LabelCount.ShouldBe(Length);
    }

    [Fact]
    public void Nothing_to_learn_at_all_is_refused() =>
        Should.Throw<InvalidDataException>(() => SequencePacker.Pack([new([1, 2], [true, false])], Length)).Message.ShouldContain("no sample has a token to learn");

    private static TrainingSample Plain(int length) => new([.. Enumerable.Range(1, length)]);

    private static void CheckPacking(TrainingSample[] samples, bool several)
    {
        static bool Learns(TrainingSample sample) => Enumerable.Range(1, Math.Min(sample.Ids.Length, Length + 1) - 1).Any(t => sample.IsTarget?[t] ?? true);
        var kept = samples.Where(Learns).ToArray();
        if (kept.Length == 0) return;
        var packed = SequencePacker.Pack(samples, Length, several);
        packed.Truncated.ShouldBe(samples.Count(sample => sample.Ids.Length > Length + 1));
        packed.Dropped.ShouldBe(samples.Length - kept.Length);
        var found = Documents(packed.Rows).ToDictionary(document => document.Ids[0]);
        found.Count.ShouldBe(kept.Length);
        foreach (var sample in kept)
        {
            var count = Math.Min(sample.Ids.Length - 1, Length);
            var (ids, labels, positions) = found[sample.Ids[0]];
            ids.ShouldBe(sample.Ids[..count]);
            positions.ShouldBe(Enumerable.Range(0, count));
            labels.ShouldBe(Enumerable.Range(1, count).Select(t => sample.IsTarget?[t] ?? true ? sample.Ids[t] : LogProb.Ignore));
        }
        packed.Fill.ShouldBe(found.Values.Sum(document => document.Ids.Length) / (double)packed.Rows.Ids.Length, 1e-12);
        if (!several) packed.Rows.Count.ShouldBe(kept.Length);
    }

    /// <summary>The stretches of equal document in each row, padding left out.</summary>
    private static IEnumerable<(int[] Ids, int[] Labels, int[] Positions)> Documents(TokenRows rows)
    {
        for (var start = 0; start < rows.Ids.Length;)
        {
            var end = start;
            var limit = ((start / rows.Length) + 1) * rows.Length;
            while (end < limit && rows.Documents![end] == rows.Documents[start]) end++;
            if (rows.Ids[start] != 0) yield return (rows.Ids[start..end], rows.Labels[start..end], rows.Positions[start..end]);
            start = end;
        }
    }
}
