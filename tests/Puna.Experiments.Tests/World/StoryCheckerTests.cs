using Puna.Experiments.World;
using Puna.Tensors;
using Xunit.Abstractions;

namespace Puna.Experiments.Tests.World;

public sealed class StoryCheckerTests(ITestOutputHelper output)
{
    private const string Lost =
        "One day Ama came to the mill with a red kite. There she met Beno. Then Ama lost the red kite near the lake. "
        + "She was so sad. Soon Beno found the kite and smiled. In the end Ama kept the red kite.";

    private const string Gift =
        "In spring Kora and Lino met at the well. Kora had a pink harp. They walked to the farm. "
        + "As a gift Kora gave the harp to Lino. Lino felt happy. So Lino kept the pink harp for ever.";

    private const string Loan =
        "Long ago Mika and Nilo came to the den. Mika had brought a gold cup. For a day Mika lent the cup to Nilo. "
        + "Nilo felt glad. Later Nilo brought the cup back to Mika. So Mika kept the cup.";

    private const string Paint =
        "At dawn Dalo sat at the hut with a white boat. Ena was there too. With care Dalo painted the boat blue. "
        + "Dalo was keen. They shook hands, and Dalo took home the boat.";

    private const string Hide =
        "One night Filo took a green bell to the pond. Gala was there too. For fun Filo hid the green bell near the oak. "
        + "He was so pleased. By luck Gala saw the bell. So Filo kept the bell.";

    private const string Wind =
        "Long ago Wara and Vito came to the farm. Wara had a gray fan. A wind blew the gray fan to the river. "
        + "Wara was worried. Vito ran and caught the fan. At last Wara took home the gray fan.";

    [Theory]
    [InlineData(Lost)]
    [InlineData(Gift)]
    [InlineData(Loan)]
    [InlineData(Paint)]
    [InlineData(Hide)]
    [InlineData(Wind)]
    public void Accepts_a_story_that_keeps_the_rules(string story) => StoryChecker.Check(story).ShouldBe(new StoryVerdict(true, null));

    [Theory]
    [InlineData("kept the red kite", "kept the blue kite", "Sentence 6", "not blue")]
    [InlineData("kept the red kite", "kept the red drum", "Sentence 6", "no drum")]
    [InlineData("Ama kept", "Beno kept", "Sentence 6", "does not have")]
    [InlineData("Ama kept", "Zola kept", "Sentence 6", "not introduced")]
    [InlineData("lost the red kite", "lost the pink kite", "Sentence 3", "not pink")]
    [InlineData("lost the red kite", "lost the red harp", "Sentence 3", "no harp")]
    [InlineData("Then Ama lost", "Then Beno lost", "Sentence 3", "does not have")]
    [InlineData("Then Ama lost", "Then Zola lost", "Sentence 3", "not introduced")]
    [InlineData("near the lake", "near the mill", "Sentence 3", "already at the mill")]
    [InlineData("There she met", "There he met", "Sentence 2", "not Ama")]
    [InlineData("met Beno", "met Ama", "Sentence 2", "already there")]
    [InlineData("There she met Beno.", "There she met Beno. Zola was there too.", "Sentence 3", "third person")]
    [InlineData("There she met Beno. ", "", "Sentence 2", "wrong time")]
    [InlineData("There she met Beno.", "There she met Beno. Ama had a red kite.", "Sentence 3", "a kite already")]
    [InlineData("She was so sad", "She was so proud", "Sentence 4", "makes one sad")]
    [InlineData("She was so sad", "He was so sad", "Sentence 4", "not Ama")]
    [InlineData("She was so sad", "Beno was sad", "Sentence 4", "no cause")]
    [InlineData("She was so sad.", "She was so sad. She was so sad.", "Sentence 5", "no cause")]
    [InlineData("She was so sad.", "Then Ama lost the red kite near the inn.", "Sentence 4", "wrong time")]
    [InlineData("She was so sad.", "They walked to the inn.", "Sentence 4", "wrong time")]
    [InlineData("Beno found the kite", "Ama found the kite", "Sentence 5", "wrong one")]
    [InlineData("Beno found the kite", "Zola found the kite", "Sentence 5", "not introduced")]
    [InlineData("Beno found the kite", "Beno found the drum", "Sentence 5", "no drum")]
    [InlineData("found the kite and smiled", "found the kite, and Ama smiled", "Sentence 5", "no such sentence")]
    [InlineData("Soon Beno found the kite and smiled.", "Beno mended the kite with string.", "Sentence 5", "not wrong")]
    [InlineData("Soon Beno found the kite and smiled. ", "", "Sentence 5", "not put right")]
    [InlineData("Then Ama lost the red kite near the lake. She was so sad. Soon Beno found the kite and smiled. ", "", "Sentence 3", "before anything happened")]
    [InlineData(" In the end Ama kept the red kite.", "", "After sentence 5", "ending is missing")]
    [InlineData("kept the red kite.", "kept the red", "Sentence 6", "not finished")]
    [InlineData("kept the red kite.", "kept the red kite. One day Ama", "Sentence 7", "not finished")]
    [InlineData("kept the red kite.", "kept the red kite. Beno was sad.", "Sentence 7", "follow the ending")]
    [InlineData("Beno found", "Beno fond", "Sentence 5", "unknown word")]
    [InlineData("Beno found the kite", "Beno the found kite", "Sentence 5", "no such sentence")]
    [InlineData("There she met", "One day Ama and Zola met at the inn. There she met", "Sentence 2", "begins twice")]
    public void Rejects_a_broken_story(string right, string broken, string sentence, string rule) =>
        Rejects(Lost, right, broken, sentence, rule);

    [Theory]
    [InlineData("Kora gave the harp to Lino", "Lino gave the harp to Kora", "Sentence 4", "does not have")]
    [InlineData("Kora gave the harp to Lino", "Kora gave the bell to Lino", "Sentence 4", "no bell")]
    [InlineData("Kora gave the harp to Lino", "Kora gave the harp to Kora", "Sentence 4", "two people")]
    [InlineData("Lino felt happy", "Kora felt happy", "Sentence 5", "no cause")]
    [InlineData("Lino felt happy", "Lino felt glad", "Sentence 5", "makes one happy")]
    [InlineData("So Lino kept", "So Kora kept", "Sentence 6", "does not have")]
    [InlineData("They walked to the farm", "They walked to the well", "Sentence 3", "already at the well")]
    [InlineData("They walked to the farm.", "They walked to the farm. Then they walked to the inn.", "Sentence 4", "wrong time")]
    [InlineData("Kora had a pink harp", "Lino had a pink harp", "Sentence 2", "Kora who has")]
    [InlineData("Kora and Lino met", "Kora and Kora met", "Sentence 1", "already there")]
    public void Rejects_a_broken_gift(string right, string broken, string sentence, string rule) =>
        Rejects(Gift, right, broken, sentence, rule);

    [Theory]
    [InlineData("Later Nilo brought the cup back to Mika. ", "", "Sentence 5", "not put right")]
    [InlineData("Nilo brought the cup back to Mika", "Mika brought the cup back to Nilo", "Sentence 5", "wrong one")]
    [InlineData("So Mika kept", "So Nilo kept", "Sentence 6", "does not have")]
    [InlineData("Nilo felt glad", "Mika felt glad", "Sentence 4", "no cause")]
    public void Rejects_a_broken_loan(string right, string broken, string sentence, string rule) =>
        Rejects(Loan, right, broken, sentence, rule);

    [Theory]
    [InlineData("painted the boat blue", "painted the boat white", "Sentence 3", "already white")]
    [InlineData("Dalo painted", "Ena painted", "Sentence 3", "does not have")]
    [InlineData("Dalo was keen", "Ena was keen", "Sentence 4", "no cause")]
    [InlineData("and Dalo took home the boat", "and Ena took home the boat", "Sentence 5", "does not have")]
    [InlineData("They shook hands, and Dalo took home the boat", "At last Dalo took home the white boat", "Sentence 5", "not white")]
    public void Rejects_broken_paint(string right, string broken, string sentence, string rule) =>
        Rejects(Paint, right, broken, sentence, rule);

    [Theory]
    [InlineData("Filo hid", "Gala hid", "Sentence 3", "does not have")]
    [InlineData("He was so pleased", "She was so pleased", "Sentence 4", "not Filo")]
    [InlineData("He was so pleased", "Gala was pleased", "Sentence 4", "no cause")]
    [InlineData("He was so pleased", "He was so puzzled", "Sentence 4", "makes one pleased")]
    [InlineData("Gala saw", "Filo saw", "Sentence 5", "wrong one")]
    [InlineData("By luck Gala saw the bell. ", "", "Sentence 5", "not put right")]
    [InlineData("So Filo kept", "So Gala kept", "Sentence 6", "does not have")]
    public void Rejects_a_broken_hiding(string right, string broken, string sentence, string rule) =>
        Rejects(Hide, right, broken, sentence, rule);

    [Theory]
    [InlineData("Wara was worried", "She was so worried", "Sentence 4", "not Wara")]
    [InlineData("Wara was worried", "Vito was worried", "Sentence 4", "no cause")]
    [InlineData("Vito ran", "Wara ran", "Sentence 5", "wrong one")]
    [InlineData("Vito ran and caught the fan", "Soon Vito freed the fan and smiled", "Sentence 5", "not wrong")]
    [InlineData("Wara took home", "Vito took home", "Sentence 6", "does not have")]
    public void Rejects_a_broken_wind(string right, string broken, string sentence, string rule) =>
        Rejects(Wind, right, broken, sentence, rule);

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
        var random = new CounterRandom(6);
        var outcomes = new List<(string Class, bool Rejected)>();
        foreach (var story in new StoryWorld(5).Training(4000))
        {
            var words = story.Text.Split(' ');
            int[] places = [.. Enumerable.Range(0, words.Length).Where(i => ClassOf(words[i]) is not null && words.Count(w => Bare(w) == Bare(words[i])) > 1)];
            var at = places[random.Next(places.Length)];
            var (name, members) = ClassOf(words[at])!.Value;
            string[] others = [.. members.Where(word => word != Bare(words[at]))];
            words[at] = words[at].Replace(Bare(words[at]), others[random.Next(others.Length)]);
            outcomes.Add((name, !StoryChecker.Check(string.Join(' ', words)).Consistent));
        }
        foreach (var one in outcomes.GroupBy(o => o.Class)) output.WriteLine($"{one.Key}: {one.Count(o => o.Rejected)} of {one.Count()} swaps rejected");
        outcomes.Average(o => o.Rejected ? 1.0 : 0.0).ShouldBeGreaterThanOrEqualTo(0.98);
        outcomes.Select(o => o.Class).Distinct().Order().ShouldBe(["colours", "people", "places", "things"]);
    }

    /// <summary>One of the two people for the other, where a sentence after the meeting names only one of them.</summary>
    [Fact]
    public void Rejects_the_wrong_one_of_the_two()
    {
        int swapped = 0, rejected = 0;
        foreach (var story in new StoryWorld(7).Training(2000))
        {
            string[] people = [.. story.Text.Split(' ').Select(Bare).Where(StoryWords.People.Contains).Distinct()];
            people.Length.ShouldBe(2);
            var sentences = story.Text.Split(". ");
            for (var i = 2; i < sentences.Length; i++)
            {
                string[] named = [.. people.Where(person => sentences[i].Contains(person))];
                if (named.Length != 1) continue;
                string[] changed = [.. sentences];
                changed[i] = sentences[i].Replace(named[0], people.Single(person => person != named[0]));
                swapped++;
                if (!StoryChecker.Check(string.Join(". ", changed)).Consistent) rejected++;
            }
        }
        output.WriteLine($"{rejected} of {swapped} exchanges of the two people rejected");
        swapped.ShouldBeGreaterThan(2000);
        rejected.ShouldBe(swapped);
    }

    private static void Rejects(string story, string right, string broken, string sentence, string rule)
    {
        story.ShouldContain(right, Case.Sensitive);
        var verdict = StoryChecker.Check(story.Replace(right, broken));
        verdict.Consistent.ShouldBeFalse();
        verdict.Reason!.ShouldStartWith(sentence + (sentence.StartsWith('S') ? " " : ":"));
        verdict.Reason!.ShouldContain(rule, Case.Sensitive);
    }

    private static (string Name, IReadOnlyList<string> Members)? ClassOf(string word)
    {
        foreach (var one in StoryWords.Classes)
            if (one.Members.Contains(Bare(word))) return one;
        return null;
    }

    private static string Bare(string word) => word.TrimEnd('.', ',');
}
