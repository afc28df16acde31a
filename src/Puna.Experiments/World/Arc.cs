namespace Puna.Experiments.World;

/// <summary>What a story can turn on: the event, the feeling it causes, how it is put right, and how one asks about it.</summary>
/// <param name="Turn">The event.</param>
/// <param name="ByHolder">The one who acts has the thing (otherwise the other one acts).</param>
/// <param name="Feeling">What the one concerned then feels.</param>
/// <param name="Remedy">What puts it right; null when nothing is wrong.</param>
/// <param name="WhoTurned">The question who did it; null when nobody did.</param>
/// <param name="WhoHelped">The question who put it right.</param>
/// <param name="MovesOn">Whether it happens at another place than where they met.</param>
internal sealed record Arc(
    EventRule Turn, bool ByHolder, string Feeling, EventRule? Remedy, string? WhoTurned, string? WhoHelped, bool MovesOn)
{
    /// <summary>All arcs, each as likely as the others.</summary>
    public static readonly Arc[] All =
    [
        new(Troubles.Lost, true, "sad", Remedies.Found, "Who lost the {T}?", "Who found the {T}?", true),
        new(Troubles.Broken, true, "upset", Remedies.Mended, "Who broke the {T}?", "Who mended the {T}?", true),
        new(Troubles.Hidden, false, "puzzled", Remedies.Sought, "Who hid the {T}?", "Who saw the {T}?", true),
        new(Troubles.Wet, true, "cross", Remedies.Dried, null, "Who dried the {T}?", true),
        new(Troubles.Blown, true, "worried", Remedies.Fetched, null, "Who caught the {T}?", true),
        new(Troubles.Carried, true, "amazed", Remedies.Freed, null, "Who freed the {T}?", true),
        new(Turns.Gave, true, "happy", null, "Who gave the {T}?", null, false),
        new(Turns.Lent, true, "glad", Remedies.Returned, "Who lent the {T}?", "Who brought the {T} back?", false),
        new(Turns.Painted, false, "keen", null, "Who painted the {T}?", null, false),
    ];
}
