namespace Puna.Experiments.World;

/// <summary>How a trouble is put right: X, the friend, does it; Y, where named, is the owner of the thing.</summary>
internal static class Remedies
{
    public static readonly EventRule Found = Made(TroubleKind.Lost,
        "Soon {X} found the {C} {T}.",
        "{X} looked and looked, and found the {T}.",
        "Soon {X} found the {T} and smiled.",
        "{X} looked long and found the {C} {T}.");

    public static readonly EventRule Mended = Made(TroubleKind.Broken,
        "Soon {X} mended the {C} {T}.",
        "{X} mended the {T} with string.",
        "Soon {X} mended the {T} and smiled.",
        "{X} was kind and mended the {T}.");

    public static readonly EventRule Sought = Made(TroubleKind.Hidden,
        "Soon {X} saw the {C} {T}.",
        "{X} looked long and saw the {C} {T}.",
        "{X} looked and looked, and saw the {T}.",
        "By luck {X} saw the {T}.");

    public static readonly EventRule Dried = Made(TroubleKind.Wet,
        "Soon {X} dried the {C} {T}.",
        "{X} dried the {T} by the fire.",
        "Soon {X} dried the {T} and smiled.",
        "{X} lit a fire and dried the {T}.");

    public static readonly EventRule Fetched = Made(TroubleKind.Blown,
        "Soon {X} caught the {C} {T}.",
        "{X} ran fast and caught the {C} {T}.",
        "Soon {X} caught the {T} and smiled.",
        "{X} ran and caught the {T}.");

    public static readonly EventRule Freed = Made(TroubleKind.Carried,
        "Soon {X} freed the {C} {T}.",
        "{X} ran fast and freed the {C} {T}.",
        "{X} fed the llama and freed the {T}.",
        "Soon {X} freed the {T} and smiled.");

    public static readonly EventRule Returned = Made(TroubleKind.Lent,
        "At dusk {X} brought the {T} back to {Y}.",
        "Soon {X} brought the {T} back to {Y}.",
        "{X} brought the {C} {T} back to {Y}.",
        "Later {X} brought the {T} back to {Y}.");

    private static EventRule Made(TroubleKind kind, params string[] shapes) => new(
        (world, r) =>
        {
            if (world.Trouble is not { } trouble || trouble.Kind != kind) return "it puts right what was not wrong";
            if (world.Contradiction(r) is { } wrong) return wrong;
            if (r.X == trouble.Owner) return $"{r.X} is the wrong one to help";
            world.Thing = world.Thing with { Holder = trouble.Owner };
            world.Trouble = null;
            world.Feeling = null;
            return null;
        },
        shapes);
}
