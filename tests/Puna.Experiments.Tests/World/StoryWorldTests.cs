using System.Text.RegularExpressions;
using Puna.Experiments.World;

namespace Puna.Experiments.Tests.World;

public sealed class StoryWorldTests
{
    private static readonly Story[] Stories = [.. Enumerable.Range(0, 20_000).Select(i => new StoryWorld(1).Create(i))];

    /// <summary>Words that only one turn of events (or its remedy) has: first the six troubles.</summary>
    private static readonly string[] Kinds =
        [" lost ", " broke ", " hid ", " wet the ", " blew ", " freed ", " gave ", " lent ", " painted "];

    /// <summary>What one does to put something right, as the questions say it.</summary>
    private static readonly string[] Helps = ["found", "mended", "saw", "dried", "caught", "freed", "brought"];

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
            story.Text.Split(' ').Length.ShouldBeInRange(26, 44);
            story.Text.Count(c => c == '.').ShouldBeInRange(4, 6, story.Text);
            story.Text.ShouldNotContain('\n');
        }
        Stories.Average(s => s.Text.Split(' ').Length).ShouldBeInRange(38, 43);
    }

    [Fact]
    public void The_words_are_few()
    {
        Stories.SelectMany(s => Split(s.Text)).Distinct().Count().ShouldBeInRange(150, 200);
        Stories.SelectMany(s => s.Questions.Select(q => q.Question).Append(s.Text)).SelectMany(Split).Distinct().Count()
            .ShouldBeLessThanOrEqualTo(210);
    }

    [Fact]
    public void Stories_do_not_repeat()
    {
        StoryWorld.DistinctStories.ShouldBe(1_839_366_144);
        Stories.Select(s => s.Text).Distinct().Count().ShouldBe(Stories.Length);
    }

    /// <summary>The bound holds if all of its words come, and the story of each of the six troubles tells all of them.</summary>
    [Fact]
    public void The_bound_of_different_stories_counts_what_the_stories_tell()
    {
        var told = Stories.Where(s => Kinds.Take(6).Any(kind => s.Text.Contains(kind))).Select(s => new
        {
            People = Of(StoryWords.People, s),
            Thing = Of(StoryWords.Things, s),
            Colour = Of(StoryWords.Colours, s),
            Places = string.Join(' ', Regex.Matches(s.Text, @"(?:to|at|near) the (\w+)", RegexOptions.IgnoreCase).Select(m => m.Groups[1].Value)),
            Time = Regex.Match(s.Text, "^(One day|One night|Long ago|At dawn|In spring|One cold day|One warm day|After the rain) ").Value,
        }).ToArray();
        told.ShouldAllBe(s => s.People.Contains(' ') && s.Thing != "" && s.Colour != "" && s.Places.Contains(' ') && s.Time != "");
        told.Select(s => s.People).Distinct().Count().ShouldBe(24 * 12);
        told.Select(s => s.Thing).Distinct().Count().ShouldBe(24);
        told.Select(s => s.Colour).Distinct().Count().ShouldBe(12);
        told.Select(s => s.Places).Distinct().Count().ShouldBe(22 * 21);
        told.Select(s => s.Time).Distinct().Count().ShouldBe(8);
        StoryWorld.DistinctStories.ShouldBe(24L * 12 * 24 * 12 * 22 * 21 * 8 * 6);

        static string Of(IReadOnlyList<string> list, Story story) =>
            string.Join(' ', Split(story.Text).Where(list.Contains).Distinct());
    }

    /// <summary>So "he" and "she" tell them apart, and a name alone tells who acts: the owner, named first, or the friend, who helps.</summary>
    [Fact]
    public void A_woman_and_a_man_meet_and_the_first_one_acts_and_the_second_one_helps()
    {
        foreach (var story in Stories)
        {
            string[] people = [.. Split(story.Text).Where(StoryWords.People.Contains).Distinct()];
            string.Concat(people.Select(person => person[^1]).Order()).ShouldBe("ao", story.Text);
            foreach (var question in story.Questions.Where(q => q.Kind == "who-did"))
                question.Answer.ShouldBe(people[Helps.Contains(question.Question.Split(' ')[1]) ? 1 : 0], story.Text);
        }
        Stories.Count(s => s.Questions.Any(q => q.Kind == "who-did" && Helps.Contains(q.Question.Split(' ')[1]))).ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public void Nine_kinds_of_events_are_equally_frequent()
    {
        Kinds.Length.ShouldBe(9);
        foreach (var story in Stories) Kinds.Count(kind => story.Text.Contains(kind)).ShouldBe(1, story.Text);
        foreach (var kind in Kinds)
            (Stories.Count(s => s.Text.Contains(kind)) / (double)Stories.Length).ShouldBeInRange(0.10, 0.12, kind);
    }

    [Theory]
    [InlineData(0ul, long.MinValue)]
    [InlineData(0ul, -1L)]
    [InlineData(ulong.MaxValue, 0L)]
    [InlineData(ulong.MaxValue, long.MaxValue)]
    public void Every_seed_and_number_has_a_story(ulong seed, long index) =>
        StoryChecker.Check(new StoryWorld(seed).Create(index).Text).ShouldBe(new StoryVerdict(true, null));

    [Fact]
    public void The_same_seed_and_index_give_the_same_story_for_ever()
    {
        new StoryWorld(1).Create(17).Text.ShouldBe(Stories[17].Text);
        new StoryWorld(2).Create(17).Text.ShouldNotBe(Stories[17].Text);
        var hash = 14695981039346656037ul;
        foreach (var story in Stories.Take(1000))
            foreach (var unit in StoryCorpus.Document(story, withInterview: true))
                hash = (hash ^ unit) * 1099511628211ul;
        hash.ToString("x16").ShouldBe("77536e6f3a21de26");
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
