using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>
/// Asks about a told story. The words of a question are the words of the sentence it asks about, and nothing in a
/// question tells its answer: people, things, places and colours are drawn apart from each other.
/// </summary>
internal static class QuestionWriter
{
    /// <summary>Two to four of the possible questions, in random order.</summary>
    public static IReadOnlyList<StoryQuestion> Choose(StoryPlan plan, StoryTeller told, string text, CounterRandom random)
    {
        StoryQuestion[] all = [.. All(plan, told, text, random)];
        random.Shuffle(all.AsSpan());
        return all[..(2 + random.Next(3))];
    }

    private static IEnumerable<StoryQuestion> All(StoryPlan plan, StoryTeller told, string text, CounterRandom random)
    {
        foreach (var question in Opening(plan, random)) yield return question;
        foreach (var question in Turn(plan)) yield return question;
        if (plan.TellsFeeling) yield return Feeling(plan, text, random);
        var (holder, thing) = told.LastHolder;
        yield return new("who-has", told.EndsWithKept ? $"Who kept the {thing}?" : $"Who took home the {thing}?", holder);
    }

    private static IEnumerable<StoryQuestion> Opening(StoryPlan plan, CounterRandom random)
    {
        yield return new("where-first", $"Where was {plan.First} at first?", $"the {plan.FirstPlace}");
        var (person, thing, colour) = random.Next(2) == 0
            ? (plan.First, plan.FirstThing, plan.FirstColour)
            : (plan.Second, plan.SecondThing, plan.SecondColour);
        yield return new("what-brought", $"What did {person} have at first?", $"a {colour} {thing}");
        if (plan.Arc.Turn == Turns.Painted)
            yield return new("colour", $"What colour did the {plan.Thing} get?", plan.NewColour);
        else if (plan.Arc.Turn == Turns.Won && random.Next(2) == 0)
            yield return new("colour", $"What colour was the {plan.Prize}?", plan.NewColour);
        else if (random.Next(2) == 0)
            yield return new("colour", $"What colour was the {plan.FirstThing}?", plan.FirstColour);
        else
            yield return new("colour", $"What colour was the {plan.SecondThing}?", plan.SecondColour);
    }

    private static IEnumerable<StoryQuestion> Turn(StoryPlan plan)
    {
        var arc = plan.Arc;
        if (arc.WhoTurned is { } turned) yield return new("who-did", Ask(turned), plan.Turner);
        if (arc.WhoHelped is { } helped) yield return new("who-did", Ask(helped), plan.Helper);
        if (arc.Where is { } where) yield return new("where-happened", Ask(where), $"the {plan.SecondPlace}");
        if (plan.Walks) yield return new("where-happened", "Where did they walk?", $"the {plan.SecondPlace}");
        if (arc.Turn == Turns.Gave) yield return new("who-was-given", Ask("Who was given the {T}?"), plan.Friend);
        if (arc.Turn == Turns.Lent) yield return new("who-was-given", Ask("Who was lent the {T}?"), plan.Friend);

        string Ask(string question) => question.Replace("{T}", plan.Thing, StringComparison.Ordinal);
    }

    private static StoryQuestion Feeling(StoryPlan plan, string text, CounterRandom random)
    {
        var (person, feeling) = (plan.Concerned, plan.Arc.Feeling);
        if (random.Next(2) == 0) return new("feeling", $"How did {person} feel?", feeling);
        var thing = plan.Arc.Turn == Turns.Swapped ? plan.FriendsThing : plan.Thing;
        var answer = text.Contains($"the {thing}", StringComparison.Ordinal) ? $"the {thing}" : $"a {plan.NewColour} {thing}";
        return new("feeling-cause", $"What was {person} {feeling} about?", answer);
    }
}
