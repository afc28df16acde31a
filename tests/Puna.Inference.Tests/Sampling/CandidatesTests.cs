using FsCheck;
using FsCheck.Fluent;
using Puna.Inference;

namespace Puna.Tests.Inference;

public class CandidatesTests
{
    /// <summary>Few distinct values make many ties.</summary>
    private static readonly Arbitrary<float[]> Rows =
        Gen.Choose(-20, 20).Select(x => x / 4f).NonEmptyListOf().Select(x => x.ToArray()).ToArbitrary();

    [Fact]
    public void Rank_agrees_with_a_stable_sort_however_far_it_goes() => Prop.ForAll(Rows, row =>
    {
        var repeated = Enumerable.Repeat(row, 40).SelectMany(x => x).ToArray();
        var expected = Enumerable.Range(0, repeated.Length).OrderByDescending(id => repeated[id]).ToArray();
        var candidates = new Candidates();
        candidates.Load<float>(repeated);
        foreach (var count in new[] { 1, 3, 40, 41, repeated.Length / 3 + 1, repeated.Length })
        {
            candidates.Rank(count);
            for (var i = 0; i < Math.Min(count, repeated.Length); i++)
                if (candidates.Kept[i].Id != expected[i]) return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ranked_walks_down_all_ranks() => Prop.ForAll(Rows, row =>
    {
        var candidates = new Candidates();
        candidates.Load<float>(row);
        var walked = Enumerable.Range(0, row.Length).Select(rank => candidates.Ranked(rank).Id);
        return walked.SequenceEqual(Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Top_p_is_the_smallest_set_that_reaches_p() => Prop.ForAll(Rows, Gen.Choose(0, 99).ToArbitrary(), (row, percent) =>
    {
        var candidates = new Candidates();
        candidates.Load<float>(row);
        candidates.Normalise();
        var all = candidates.Kept.ToArray().OrderByDescending(c => c.Logit).ThenBy(c => c.Id).ToArray();
        new TopP(percent / 100.0).Apply(candidates, new SamplingHistory());
        var mass = all.Take(candidates.Count).Sum(c => c.Probability);
        var without = mass - all[candidates.Count - 1].Probability;
        return mass >= percent / 100.0 - 1e-12 && (candidates.Count == 1 || without < percent / 100.0 + 1e-12)
            && candidates.Kept.ToArray().Select(c => c.Id).SequenceEqual(all.Take(candidates.Count).Select(c => c.Id));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Penalties_do_the_same_after_ranking_as_before() => Prop.ForAll(Rows, row =>
    {
        var history = new SamplingHistory();
        history.Add([0, 2, 2, 5, 1, 2, 1000]);
        var step = new Penalties(1.3, 0.2, 0.4, 6);
        var (byId, ranked) = (new Candidates(), new Candidates());
        byId.Load<float>(row);
        step.Apply(byId, history);
        ranked.Load<float>(row);
        ranked.Rank(row.Length);
        step.Apply(ranked, history);
        return byId.Kept.ToArray().SequenceEqual(ranked.Kept.ToArray().OrderBy(c => c.Id));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keep_places_drops_the_others_and_keeps_the_order()
    {
        var candidates = new Candidates();
        candidates.Load<float>([1, 5, 3, 4, 2]);
        candidates.Rank(2);
        candidates.KeepPlaces([1, 3]);
        candidates.Count.ShouldBe(2);
        candidates.Ranked(0).Id.ShouldBe(3);
        candidates.Normalise();
        (candidates.Kept[0].Probability + candidates.Kept[1].Probability).ShouldBe(1, 1e-15);
    }

    [Fact]
    public void The_lowest_temperature_stays_finite()
    {
        var candidates = new Candidates();
        candidates.Load<float>([-3e38f, 3e38f, 3e38f]);
        new Temperature(double.Epsilon).Apply(candidates, new SamplingHistory());
        new Typical(0.9).Apply(candidates, new SamplingHistory());
        candidates.Normalise();
        candidates.Kept.ToArray().Where(c => c.Probability > 0).Select(c => c.Probability).ShouldBe([0.5, 0.5]);
    }

    [Fact]
    public void Places_and_counts_outside_the_kept_are_refused()
    {
        var candidates = new Candidates();
        candidates.Load<float>([1, 2]);
        Should.Throw<ArgumentOutOfRangeException>(() => candidates.SetLogit(2, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => candidates.KeepBest(0));
        Should.Throw<ArgumentOutOfRangeException>(() => candidates.KeepPlaces([]));
        Should.Throw<ArgumentOutOfRangeException>(() => candidates.Ranked(-1));
    }
}
