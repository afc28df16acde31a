using Puna.Experiments.World;
using Puna.Tensors;
using Xunit.Abstractions;

namespace Puna.Experiments.Tests.World;

public sealed class StoryCheckerTests(ITestOutputHelper output)
{
    private const string Good =
        "One day Ama came to the mill with a red kite. There she met Beno with a blue drum. Then Ama lost the kite near the lake. "
        + "She was so sad. Beno found the kite near the lake. They left the lake, and Ama kept the red kite.";

    private const string Gift =
        "In spring Kora and Lino met at the well. Kora had a pink harp and Lino had a gold bell. They walked to the farm. "
        + "As a gift Lino gave the bell to Kora. Kora felt happy. So Kora kept the gold bell for ever.";

    [Fact]
    public void Accepts_a_story_that_keeps_the_rules() => StoryChecker.Check(Good).ShouldBe(new StoryVerdict(true, null));

    [Theory]
    [InlineData("kept the red kite", "kept the blue kite", "Sentence 6", "not blue")]
    [InlineData("found the kite near the lake", "found the kite near the mill", "Sentence 5", "not at the mill")]
    [InlineData("They left the lake", "They left the mill", "Sentence 6", "not at the mill")]
    [InlineData("She was so sad", "She was so proud", "Sentence 4", "makes one sad")]
    [InlineData("She was so sad", "He was so sad", "Sentence 4", "not Ama")]
    [InlineData("She was so sad", "Beno was sad", "Sentence 4", "no cause")]
    [InlineData("There she met", "There he met", "Sentence 2", "not Ama")]
    [InlineData("Then Ama lost", "Then Beno lost", "Sentence 3", "does not have")]
    [InlineData("Then Ama lost", "Then Zola lost", "Sentence 3", "not introduced")]
    [InlineData("lost the kite", "lost the harp", "Sentence 3", "no harp")]
    [InlineData("Beno found", "Ama found", "Sentence 5", "wrong one")]
    [InlineData("Beno found the kite", "Beno found the drum", "Sentence 5", "nothing is wrong")]
    [InlineData("Beno found the kite near the lake.", "Beno mended the kite with string.", "Sentence 5", "not wrong")]
    [InlineData("Beno found the kite near the lake. ", "", "Sentence 5", "not put right")]
    [InlineData("near the lake. She", "near the mill. She", "Sentence 3", "already at the mill")]
    [InlineData(" They left the lake, and Ama kept the red kite.", "", "After sentence 5", "ending is missing")]
    [InlineData("kept the red kite.", "kept the red", "Sentence 6", "not finished")]
    [InlineData("kept the red kite.", "kept the red kite. One day Ama", "Sentence 7", "not finished")]
    [InlineData("kept the red kite.", "kept the red kite. Beno was sad.", "Sentence 7", "follow the ending")]
    [InlineData("Ama kept", "Beno kept", "Sentence 6", "does not have")]
    [InlineData("Beno found", "Beno fond", "Sentence 5", "unknown word")]
    [InlineData("Beno found the kite", "Beno the found kite", "Sentence 5", "no such sentence")]
    [InlineData("with a blue drum", "with a blue kite", "Sentence 2", "already a kite")]
    public void Rejects_a_broken_story(string right, string broken, string sentence, string rule)
    {
        Good.ShouldContain(right);
        var verdict = StoryChecker.Check(Good.Replace(right, broken));
        verdict.Consistent.ShouldBeFalse();
        verdict.Reason!.ShouldStartWith(sentence);
        verdict.Reason!.ShouldContain(rule);
    }

    [Theory]
    [InlineData("Lino gave the bell to Kora", "Lino gave the harp to Kora")]
    [InlineData("Lino gave the bell to Kora", "Kora gave the bell to Lino")]
    [InlineData("Kora felt happy", "Lino felt happy")]
    [InlineData("So Kora kept", "So Lino kept")]
    [InlineData("They walked to the farm", "They walked to the well")]
    [InlineData("In spring Kora and Lino met", "In spring Kora and Kora met")]
    public void Rejects_a_broken_gift(string right, string broken)
    {
        StoryChecker.Check(Gift).Consistent.ShouldBeTrue();
        Gift.ShouldContain(right);
        var story = Gift.Replace(right, broken);
        StoryChecker.Check(story).Consistent.ShouldBeFalse(story);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Once upon a time there was a king.")]
    [InlineData("Ama kept the kite.")]
    public void Rejects_what_is_no_story(string text) => StoryChecker.Check(text).Consistent.ShouldBeFalse();

    /// <summary>
    /// Swaps one occurrence of a word that the story says twice or more for another word of its class: the story then
    /// says two different things. (A word said once can be any; the story is then only another true one.)
    /// </summary>
    [Fact]
    public void Rejects_a_swapped_word()
    {
        var stories = new StoryWorld(5).Training(4000).Select(s => s.Text.Split(' ')).ToArray();
        var classes = Classes(stories);
        var random = new CounterRandom(6);
        int swapped = 0, rejected = 0;
        foreach (var words in stories)
        {
            int[] places = [.. Enumerable.Range(0, words.Length).Where(i => classes.Any(c => c.Contains(Bare(words[i]))) && words.Count(w => Bare(w) == Bare(words[i])) > 1)];
            var at = places[random.Next(places.Length)];
            string[] others = [.. classes.First(c => c.Contains(Bare(words[at]))).Where(w => w != Bare(words[at])).Order()];
            string[] changed = [.. words];
            changed[at] = words[at].Replace(Bare(words[at]), others[random.Next(others.Length)]);
            swapped++;
            if (!StoryChecker.Check(string.Join(' ', changed)).Consistent) rejected++;
        }
        output.WriteLine($"{rejected} of {swapped} swaps rejected");
        (rejected / (double)swapped).ShouldBeGreaterThan(0.9);
    }

    private static HashSet<string>[] Classes(string[][] stories)
    {
        HashSet<string> people = [], things = [], colours = [], places = [];
        foreach (var words in stories)
            for (var i = 0; i < words.Length - 2; i++)
            {
                if (words[i] is "met" or "and" && char.IsUpper(words[i + 1][0])) people.Add(Bare(words[i + 1]));
                if (words[i] is "to" or "at" or "near" && words[i + 1] == "the") places.Add(Bare(words[i + 2]));
                if (words[i] == "with" && words[i + 1] == "a")
                {
                    colours.Add(words[i + 2]);
                    things.Add(Bare(words[i + 3]));
                }
            }
        return [people, things, colours, places];
    }

    private static string Bare(string word) => word.TrimEnd('.', ',');
}
