namespace Puna.Experiments.World;

/// <summary>What can go wrong with the thing at another place P, and what feeling that gives its owner.</summary>
internal static class Troubles
{
    public static readonly EventRule Lost = Made(TroubleKind.Lost, "sad", byHolder: true,
        "Then {X} lost the {C} {T} near the {P}.",
        "But {X} lost the {C} {T} near the {P}.",
        "Near the {P} {X} lost the {T}.");

    public static readonly EventRule Broken = Made(TroubleKind.Broken, "upset", byHolder: true,
        "Then {X} broke the {C} {T} at the {P}.",
        "By bad luck {X} broke the {C} {T} at the {P}.",
        "At the {P} {X} broke the {T}.");

    public static readonly EventRule Hidden = Made(TroubleKind.Hidden, "pleased", byHolder: true,
        "Then {X} hid the {C} {T} near the {P}.",
        "For fun {X} hid the {C} {T} near the {P}.",
        "Near the {P} {X} hid the {T}.");

    public static readonly EventRule Wet = Made(TroubleKind.Wet, "cross", byHolder: false,
        "Rain fell at the {P} and wet the {C} {T}.",
        "At the {P} rain fell and wet the {T}.",
        "A storm came to the {P} and wet the {C} {T}.");

    public static readonly EventRule Blown = Made(TroubleKind.Blown, "worried", byHolder: false,
        "A wind blew the {C} {T} to the {P}.",
        "The wind came and blew the {T} to the {P}.",
        "Then a storm blew the {C} {T} to the {P}.");

    public static readonly EventRule Carried = Made(TroubleKind.Carried, "amazed", byHolder: false,
        "A llama took the {C} {T} to the {P}.",
        "Then a llama took the {C} {T} to the {P}.",
        "A shy llama came and took the {T} to the {P}.");

    private static EventRule Made(TroubleKind kind, string feeling, bool byHolder, params string[] shapes) => new(
        (world, r) =>
        {
            if (!world.Ready || world.Turned) return "the turn of the story comes at the wrong time";
            if (world.Contradiction(r) is { } wrong) return wrong;
            if (byHolder && world.Thing.Holder != r.X) return $"{r.X} does not have the {r.T}";
            if (r.P == world.Place) return $"they are already at the {r.P}";
            var owner = world.Thing.Holder;
            world.Trouble = new Trouble(kind, owner);
            world.Turned = true;
            world.Place = r.P;
            world.Feeling = (owner, feeling);
            world.Focus = byHolder ? r.X : "";
            return null;
        },
        shapes);
}
