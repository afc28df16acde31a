using Puna.Models;

namespace Puna.Training.Tests;

public class RowDataTests
{
    [Fact]
    public void Each_row_comes_once_an_epoch_and_every_epoch_in_another_order()
    {
        var data = new RowData(Numbered(10), 4);
        var order = Enumerable.Range(0, 20).SelectMany(step => Rows(data, step, 0, 1, 3)).ToArray();
        var epochs = order.Chunk(10).ToArray();
        foreach (var epoch in epochs) epoch.Order().ShouldBe(Enumerable.Range(0, 10));
        epochs.Select(epoch => string.Join(',', epoch)).Distinct().Count().ShouldBe(6);
    }

    [Fact]
    public void A_batch_depends_on_seed_step_and_micro_batch_only()
    {
        var (first, second) = (new RowData(Numbered(10), 4), new RowData(Numbered(10), 4));
        var late = Rows(first, 30, 1, 2, 3);
        for (var step = 0; step < 9; step++) Rows(second, step, 0, 2, 3);
        Rows(second, 30, 1, 2, 3).ShouldBe(late);
        Rows(new RowData(Numbered(10), 5), 30, 1, 2, 3).ShouldNotBe(late);
    }

    [Fact]
    public void A_batch_larger_than_the_data_holds_several_epochs()
    {
        var rows = Rows(new RowData(Numbered(3), 4), 0, 0, 1, 7);
        rows[..3].Order().ShouldBe([0, 1, 2]);
        rows[3..6].Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void No_rows_are_refused() => Should.Throw<InvalidDataException>(() => new RowData(new TokenRows(0, 4, false), 1)).Message.ShouldContain("no training rows");

    private static TokenRows Numbered(int count)
    {
        var rows = new TokenRows(count, 2, false);
        for (var i = 0; i < count; i++) (rows.Ids[2 * i], rows.Labels[2 * i]) = (i, 1);
        return rows;
    }

    private static int[] Rows(RowData data, int step, int micro, int micros, int rows)
    {
        var batch = new TokenBatch(rows, 2, false);
        data.Fill(batch, step, micro, micros);
        return [.. Enumerable.Range(0, rows).Select(row => batch.Ids.Span<int>()[2 * row])];
    }
}
