namespace Puna.Experiments.World;

/// <summary>Turns of a story that need no putting right (only what is lent must come back).</summary>
internal static class Turns
{
    /// <summary>X gives T to Y.</summary>
    public static readonly EventRule Gave = new(
        (world, r) => Start(world, r) ?? Pass(world, r, "happy"),
        "{X} gave the {C} {T} to {Y}.",
        "Then {X} gave the {T} to {Y} as a gift.",
        "As a gift {X} gave the {T} to {Y}.");

    /// <summary>X lends T to Y.</summary>
    public static readonly EventRule Lent = new(
        (world, r) =>
        {
            if ((Start(world, r) ?? Pass(world, r, "glad")) is { } wrong) return wrong;
            world.Trouble = new Trouble(TroubleKind.Lent, r.X);
            return null;
        },
        "{X} lent the {C} {T} to {Y}.",
        "Then {X} lent the {T} to {Y} for a day.",
        "For a day {X} lent the {T} to {Y}.");

    /// <summary>X gives T, which is X's own, the new colour D.</summary>
    public static readonly EventRule Painted = new(
        (world, r) =>
        {
            if (Start(world, r) is { } wrong) return wrong;
            if (world.Thing.Holder != r.X) return $"{r.X} does not have the {r.T}";
            if (world.Thing.Colour == r.D) return $"the {r.T} is already {r.D}";
            world.Thing = world.Thing with { Colour = r.D };
            return Cause(world, r.X, "keen");
        },
        "{X} painted the {T} {D}.",
        "Then {X} painted the {T} {D}.",
        "With care {X} painted the {T} {D}.");

    private static string? Start(WorldState world, Roles r) =>
        !world.Ready || world.Turned ? "the turn of the story comes at the wrong time"
        : world.Contradiction(r);

    private static string? Pass(WorldState world, Roles r, string feeling)
    {
        if (world.Thing.Holder != r.X) return $"{r.X} does not have the {r.T}";
        world.Thing = world.Thing with { Holder = r.Y };
        return Cause(world, r.Y, feeling);
    }

    private static string? Cause(WorldState world, string person, string feeling)
    {
        world.Turned = true;
        world.Feeling = (person, feeling);
        world.Focus = "";
        return null;
    }
}
