using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>
/// Asks about a told story. The words of a question are the words of the sentence it asks about, and nothing in a
/// question tells its answer: people, thing, colour and arc are drawn apart from each other. Nobody asks for a place.
/// </summary>
internal static class QuestionWriter
{
    /// <summary>The most questions about one story.</summary>
    public const int Most = 6;

    /// <summary>Up to <see cref="Most"/> of the possible questions, in random order.</summary>
    public static IReadOnlyList<StoryQuestion> Choose(StoryPlan plan, StoryTeller told, CounterRandom random)
    {
        StoryQuestion[] all = [.. All(plan, told, random)];
        random.Shuffle(all.AsSpan());
        return all[..Math.Min(Most, all.Length)];
    }

    private static IEnumerable<StoryQuestion> All(StoryPlan plan, StoryTeller told, CounterRandom random)
    {
        foreach (var question in Opening(plan)) yield return question;
        foreach (var question in Turn(plan)) yield return question;
        if (plan.TellsFeeling) yield return Feeling(plan, random);
        yield return new("who-has", told.EndsWithKept ? $"Who kept the {plan.Thing}?" : $"Who took home the {plan.Thing}?", told.Keeper);
    }

    private static IEnumerable<StoryQuestion> Opening(StoryPlan plan)
    {
        yield return new("what-brought", $"What was brought by {plan.Owner}?", $"a {plan.Colour} {plan.Thing}");
        yield return plan.Arc.Turn == Turns.Painted
            ? new("colour", $"What colour did the {plan.Thing} get?", plan.NewColour)
            : new("colour", $"What colour was the {plan.Thing}?", plan.Colour);
    }

    private static IEnumerable<StoryQuestion> Turn(StoryPlan plan)
    {
        var arc = plan.Arc;
        if (arc.WhoTurned is { } turned) yield return new("who-did", Ask(turned), plan.Owner);
        if (arc.WhoHelped is { } helped) yield return new("who-did", Ask(helped), plan.Friend);
        if (arc.Turn == Turns.Gave) yield return new("who-was-given", Ask("Who was given the {T}?"), plan.Friend);
        if (arc.Turn == Turns.Lent) yield return new("who-was-given", Ask("Who was lent the {T}?"), plan.Friend);

        string Ask(string question) => question.Replace("{T}", plan.Thing, StringComparison.Ordinal);
    }

    private static StoryQuestion Feeling(StoryPlan plan, CounterRandom random)
    {
        var (person, feeling) = (plan.Concerned, plan.Arc.Feeling);
        if (random.Next(2) == 0) return new("feeling", $"What was the mood of {person}?", feeling);
        return new("feeling-cause", $"What was {person} {feeling} about?", $"the {plan.Thing}");
    }
}
