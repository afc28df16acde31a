namespace Puna.Experiments.World;

/// <summary>How a trouble is put right: X does it; Y, where named, is the one whose thing it is.</summary>
internal static class Remedies
{
    public static readonly EventRule Found = Made(TroubleKind.Lost, byOwner: false,
        "Soon {X} found the {T}.",
        "{X} found the {T} near the {P}.",
        "Soon {X} found the {T} near the {P}, and {Y} smiled.",
        "{X} looked near the {P} and found the {T}.");

    public static readonly EventRule Mended = Made(TroubleKind.Broken, byOwner: false,
        "Soon {X} mended the {T}.",
        "{X} mended the {T} with string.",
        "Soon {X} mended the {T}, and {Y} smiled.",
        "{X} was kind and mended the {T}.");

    public static readonly EventRule Sought = Made(TroubleKind.Hidden, byOwner: true,
        "Soon {X} saw the {T}.",
        "{X} looked near the {P} and saw the {T}.",
        "Soon {X} saw the {T} near the {P}.",
        "{X} saw the {T} near the {P} and smiled.");

    public static readonly EventRule Dried = Made(TroubleKind.Wet, byOwner: false,
        "Soon {X} dried the {T}.",
        "{X} dried the {T} by the fire.",
        "Soon {X} dried the {T}, and {Y} smiled.",
        "{X} lit a fire and dried the {T}.");

    public static readonly EventRule Fetched = Made(TroubleKind.Blown, byOwner: null,
        "Soon {X} caught the {T}.",
        "{X} ran to the {P} and caught the {T}.",
        "Soon {X} caught the {T} at the {P}.",
        "At the {P} {X} caught the {T} and smiled.");

    public static readonly EventRule Freed = Made(TroubleKind.Carried, byOwner: false,
        "Soon {X} freed the {T}.",
        "{X} ran to the {P} and freed the {T}.",
        "{X} fed the llama and freed the {T}.",
        "Soon {X} freed the {T}, and {Y} smiled.");

    public static readonly EventRule Returned = Made(TroubleKind.Lent, byOwner: false,
        "At dusk {X} brought the {T} back to {Y}.",
        "Soon {X} brought the {T} back to {Y}.",
        "{X} brought the {T} back to {Y}.",
        "Later {X} brought the {T} back to {Y}.");

    private static EventRule Made(TroubleKind kind, bool? byOwner, params string[] shapes) => new(
        (world, r) =>
        {
            if (world.Trouble is not { } trouble || trouble.Kind != kind) return "it puts right what was not wrong";
            if (world.Contradiction(r) is { } wrong) return wrong;
            if (r.T != trouble.Thing) return $"nothing is wrong with the {r.T}";
            if (r.P != "" && r.P != trouble.Place) return $"the {r.T} is not at the {r.P}";
            if (byOwner is { } owner && (r.X == trouble.Owner) != owner) return $"{r.X} is the wrong one to help";
            if (r.Y != "" && r.Y != trouble.Owner) return $"it is not the thing of {r.Y}";
            world.Things[r.T] = world.Things[r.T] with { Holder = trouble.Owner };
            world.Trouble = null;
            world.Feeling = null;
            return null;
        },
        shapes);
}
