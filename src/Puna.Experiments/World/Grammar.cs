namespace Puna.Experiments.World;

/// <summary>All kinds of events of the world: the one table that both the teller and the checker use.</summary>
internal static class Grammar
{
    public static readonly EventRule[] Rules =
    [
        Openings.Alone, Openings.Pair, Openings.Has, Openings.Joins, Openings.Walk,
        Troubles.Lost, Troubles.Broken, Troubles.Hidden, Troubles.Wet, Troubles.Blown, Troubles.Carried,
        Turns.Gave, Turns.Lent, Turns.Painted,
        Remedies.Found, Remedies.Mended, Remedies.Sought, Remedies.Dried, Remedies.Fetched, Remedies.Freed, Remedies.Returned,
        Endings.Feels, Endings.Kept, Endings.Took,
    ];

    /// <summary>Every word that can stand in a story.</summary>
    public static readonly IReadOnlySet<string> Vocabulary = new HashSet<string>(
    [
        .. Rules.SelectMany(rule => rule.Shapes).SelectMany(shape => shape.FixedWords),
        .. Words.People, .. Words.Things, .. Words.Places, .. Words.Colours, .. Words.Feelings,
        .. Words.Times.SelectMany(time => time.Split(' ')), "he", "she", "He", "She",
    ]);
}
