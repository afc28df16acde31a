using Puna.Experiments.World;

namespace Puna.Experiments.Tests.World;

public sealed class StoryWorldTests
{
    private static readonly Story[] Stories = [.. Enumerable.Range(0, 20_000).Select(i => new StoryWorld(1).Create(i))];

    [Fact]
    public void Every_story_keeps_the_rules()
    {
        foreach (var story in Stories.Take(5000)) StoryChecker.Check(story.Text).ShouldBe(new StoryVerdict(true, null), story.Text);
    }

    [Fact]
    public void Stories_are_short_and_on_one_line()
    {
        foreach (var story in Stories)
        {
            story.Text.Split(' ').Length.ShouldBeInRange(30, 50);
            story.Text.Count(c => c == '.').ShouldBeInRange(4, 6, story.Text);
            story.Text.ShouldNotContain('\n');
        }
    }

    [Fact]
    public void The_words_are_few()
    {
        Stories.SelectMany(s => Split(s.Text)).Distinct().Count().ShouldBeInRange(100, 220);
        Stories.SelectMany(s => s.Questions.Select(q => q.Question).Append(s.Text)).SelectMany(Split).Distinct().Count()
            .ShouldBeLessThan(260);
    }

    [Fact]
    public void Stories_do_not_repeat()
    {
        StoryWorld.DistinctStories.ShouldBeGreaterThan(1_000_000_000);
        Stories.Select(s => s.Text).Distinct().Count().ShouldBe(Stories.Length);
    }

    [Fact]
    public void The_same_seed_and_index_give_the_same_story_for_ever()
    {
        new StoryWorld(1).Create(17).Text.ShouldBe(Stories[17].Text);
        new StoryWorld(2).Create(17).Text.ShouldNotBe(Stories[17].Text);
        var hash = 14695981039346656037ul;
        foreach (var story in Stories.Take(1000))
            foreach (var unit in StoryCorpus.Document(story, withInterview: true))
                hash = (hash ^ unit) * 1099511628211ul;
        hash.ToString("x16").ShouldBe("901c408eef1aba68");
    }

    [Fact]
    public void No_held_out_story_occurs_in_training_whatever_the_seed()
    {
        var training = new StoryWorld(1).Training(5000).Select(s => s.Text).ToHashSet();
        training.Count.ShouldBe(5000);
        var heldOut = new StoryWorld(1).HeldOut(500).Concat(new StoryWorld(2).HeldOut(500)).Select(s => s.Text).ToArray();
        heldOut.ShouldAllBe(text => StoryWorld.IsHeldOut(text));
        heldOut.ShouldAllBe(text => !training.Contains(text));
        Stories.Count(s => StoryWorld.IsHeldOut(s.Text)).ShouldBeInRange(2300, 2700);
    }

    private static string[] Split(string text) => text.Split([' ', ',', '.', '?'], StringSplitOptions.RemoveEmptyEntries);
}
