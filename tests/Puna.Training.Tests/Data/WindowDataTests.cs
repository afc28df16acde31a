using Puna.Models;

namespace Puna.Training.Tests;

public class WindowDataTests
{
    [Fact]
    public void A_batch_depends_on_seed_step_and_micro_batch_only()
    {
        int[] text = [.. Enumerable.Range(0, 1000)];
        var (first, second) = (new WindowData(text, 8, 1), new WindowData(text, 8, 1));
        var late = Starts(first, step: 50, micro: 1, micros: 3);
        for (var step = 0; step < 10; step++) Starts(second, step, 0, 3);
        Starts(second, 50, 1, 3).ShouldBe(late);
        Starts(first, 50, 2, 3).ShouldNotBe(late);
        Starts(first, 51, 1, 3).ShouldNotBe(late);
        Starts(new WindowData(text, 8, 2), 50, 1, 3).ShouldNotBe(late);
    }

    [Fact]
    public void Accumulation_cuts_the_same_windows_into_smaller_batches()
    {
        var data = new WindowData([.. Enumerable.Range(0, 1000)], 8, 1);
        var large = Starts(data, 7, 0, 1, rows: 6);
        Starts(data, 7, 0, 3, rows: 2).Concat(Starts(data, 7, 1, 3, rows: 2)).Concat(Starts(data, 7, 2, 3, rows: 2)).ShouldBe(large);
    }

    [Fact]
    public void Every_start_occurs_about_equally_often_the_last_included()
    {
        var data = new WindowData([.. Enumerable.Range(0, 24)], 4, 9);
        var counts = Enumerable.Range(0, 500).SelectMany(step => Starts(data, step, 0, 1, rows: 8)).CountBy(start => start).ToDictionary();
        counts.Keys.Order().ShouldBe(Enumerable.Range(0, 20));
        counts.Values.ShouldAllBe(count => count > 140 && count < 260);
    }

    [Fact]
    public void Labels_are_the_tokens_that_follow_and_positions_count()
    {
        var data = new WindowData([.. Enumerable.Range(0, 100)], 6, 3);
        var batch = new TokenBatch(5, 6, false);
        data.Fill(batch, 0, 0, 1);
        for (var i = 0; i < 30; i++)
        {
            batch.Labels.Span<int>()[i].ShouldBe(batch.Ids.Span<int>()[i] + 1);
            batch.Positions.Span<int>()[i].ShouldBe(i % 6);
        }
        batch.LabelCount.ShouldBe(30);
    }

    [Fact]
    public void A_text_no_longer_than_a_window_is_refused_with_both_counts()
    {
        Should.Throw<InvalidDataException>(() => new WindowData(new int[8], 8, 1)).Message.ShouldContain("8 tokens, a window of 8 needs at least 9");
        Starts(new WindowData(new int[9], 8, 1), 0, 0, 1).ShouldAllBe(start => start == 0);
    }

    private static int[] Starts(WindowData data, int step, int micro, int micros, int rows = 4)
    {
        var batch = new TokenBatch(rows, data.SequenceLength, false);
        data.Fill(batch, step, micro, micros);
        return [.. Enumerable.Range(0, rows).Select(row => batch.Ids.Span<int>()[row * data.SequenceLength])];
    }
}
