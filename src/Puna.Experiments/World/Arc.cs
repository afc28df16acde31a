namespace Puna.Experiments.World;

/// <summary>What a story turns on: the event with the thing, the feeling it causes, how it is put right, and how one asks about it.</summary>
/// <param name="Turn">The event.</param>
/// <param name="Feeling">What the one concerned then feels.</param>
/// <param name="Remedy">What puts it right; null when nothing is wrong.</param>
/// <param name="WhoTurned">The question who did it; null when nobody did.</param>
/// <param name="WhoHelped">The question who put it right; null when nothing is wrong.</param>
internal sealed record Arc(
    EventRule Turn, string Feeling, EventRule? Remedy, string? WhoTurned, string? WhoHelped)
{
    /// <summary>All arcs, each as likely as the others.</summary>
    public static readonly Arc[] All =
    [
        new(Troubles.Lost, "sad", Remedies.Found, "Who lost the {T}?", "Who found the {T}?"),
        new(Troubles.Broken, "upset", Remedies.Mended, "Who broke the {T}?", "Who mended the {T}?"),
        new(Troubles.Hidden, "pleased", Remedies.Sought, "Who hid the {T}?", "Who saw the {T}?"),
        new(Troubles.Wet, "cross", Remedies.Dried, null, "Who dried the {T}?"),
        new(Troubles.Blown, "worried", Remedies.Fetched, null, "Who caught the {T}?"),
        new(Troubles.Carried, "amazed", Remedies.Freed, null, "Who freed the {T}?"),
        new(Turns.Gave, "happy", null, "Who gave the {T}?", null),
        new(Turns.Lent, "glad", Remedies.Returned, "Who lent the {T}?", "Who brought the {T} back?"),
        new(Turns.Painted, "keen", null, "Who painted the {T}?", null),
    ];
}
