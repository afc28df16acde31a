namespace Puna.Experiments.World;

/// <summary>What a story can turn on: the event, the feeling it causes, how it is put right, and how one asks about it.</summary>
/// <param name="Turn">The event.</param>
/// <param name="ByHolder">The one who acts has the thing (otherwise the other one acts).</param>
/// <param name="Feeling">What the one concerned then feels.</param>
/// <param name="Remedy">What puts it right; null when nothing is wrong.</param>
/// <param name="WhoTurned">The question who did it; null when nobody did.</param>
/// <param name="WhoHelped">The question who put it right.</param>
/// <param name="Where">The question where it happened; null when it happens where they are.</param>
internal sealed record Arc(
    EventRule Turn, bool ByHolder, string Feeling, EventRule? Remedy, string? WhoTurned, string? WhoHelped, string? Where)
{
    /// <summary>All arcs, each as likely as the others.</summary>
    public static readonly Arc[] All =
    [
        new(Troubles.Lost, true, "sad", Remedies.Found, "Who lost the {T}?", "Who found the {T}?", "Where was the {T} lost?"),
        new(Troubles.Broken, true, "upset", Remedies.Mended, "Who broke the {T}?", "Who mended the {T}?", "Where did the {T} break?"),
        new(Troubles.Hidden, false, "puzzled", Remedies.Sought, "Who hid the {T}?", "Who saw the {T}?", "Where was the {T} hidden?"),
        new(Troubles.Wet, true, "cross", Remedies.Dried, null, "Who dried the {T}?", "Where did the {T} get wet?"),
        new(Troubles.Blown, true, "worried", Remedies.Fetched, null, "Who caught the {T}?", "Where was the {T} blown?"),
        new(Troubles.Carried, true, "amazed", Remedies.Freed, null, "Who freed the {T}?", "Where did the llama take the {T}?"),
        new(Turns.Gave, true, "happy", null, "Who gave the {T}?", null, null),
        new(Turns.Lent, true, "glad", Remedies.Returned, "Who lent the {T}?", "Who brought the {T} back?", null),
        new(Turns.Swapped, true, "pleased", null, "Who swapped the {T}?", null, null),
        new(Turns.Won, true, "proud", null, "Who won the {T}?", null, "Where did they run?"),
        new(Turns.Painted, false, "keen", null, "Who painted the {T}?", null, null),
    ];
}
