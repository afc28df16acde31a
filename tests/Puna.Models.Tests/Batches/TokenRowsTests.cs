using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Models.Tests;

public class TokenRowsTests
{
    [Fact]
    public void Windows_score_every_token_but_the_first_exactly_once()
    {
        var cases = Gen.Choose(2, 60).Zip(Gen.Choose(1, 20)).ToArbitrary();
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(cases, sizes =>
        {
            var (count, length) = sizes;
            var tokens = Enumerable.Range(100, count).ToArray();
            var rows = TokenRows.FromWindows(tokens, length);
            rows.Count.ShouldBe((count - 1 + length - 1) / length);
            rows.Labels.Where(label => label != LogProb.Ignore).ShouldBe(tokens[1..]);
            rows.LabelCount.ShouldBe(count - 1);
            for (var i = 0; i < rows.Ids.Length; i++)
            {
                rows.Positions[i].ShouldBe(i % length);
                if (rows.Labels[i] != LogProb.Ignore) rows.Ids[i].ShouldBe(rows.Labels[i] - 1);
            }
        }));
    }

    [Fact]
    public void The_scored_pairs_are_the_positions_with_a_label()
    {
        var (previous, tokens) = TokenRows.FromWindows([5, 6, 7, 8, 9], 3).ScoredPairs();
        previous.ShouldBe([5, 6, 7, 8]);
        tokens.ShouldBe([6, 7, 8, 9]);
    }

    [Fact]
    public void One_token_leaves_nothing_to_predict() => Should.Throw<ArgumentException>(() => TokenRows.FromWindows([1], 4)).Message.ShouldContain("1 tokens");

    [Fact]
    public void A_batch_holds_the_rows_it_was_given_and_cleared_ones_count_nothing()
    {
        var rows = TokenRows.FromWindows([1, 2, 3, 4, 5, 6, 7], 3);
        var batch = new TokenBatch(2, 3, hasDocuments: false);
        batch.SetRow(0, rows, 1);
        batch.SetRow(1, rows, 0);
        batch.Ids.Span<int>().ToArray().ShouldBe([4, 5, 6, 1, 2, 3]);
        batch.Labels.Span<int>().ToArray().ShouldBe([5, 6, 7, 2, 3, 4]);
        batch.ClearRow(0);
        batch.LabelCount.ShouldBe(3);
        batch.Ids.Span<int>()[..3].ToArray().ShouldBe([0, 0, 0]);
    }
}
