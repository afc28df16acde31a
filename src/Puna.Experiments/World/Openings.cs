namespace Puna.Experiments.World;

/// <summary>How a story begins: who is there, where, and with what. The first one named is the owner of the thing.</summary>
internal static class Openings
{
    /// <summary>X is at P with a thing T of colour C.</summary>
    public static readonly EventRule Alone = new(
        (world, r) =>
        {
            if (world.People.Count > 0) return "the story begins twice";
            world.Place = r.P;
            world.Focus = r.X;
            world.Thing = new Belonging(r.T, r.X, r.C);
            return world.Introduce(r.X);
        },
        "{W} {X} came to the {P} with a {C} {T}.",
        "{W} {X} took a {C} {T} to the {P}.",
        "{W} {X} sat at the {P} with a {C} {T}.",
        "{W} {X} was at the {P} with a {C} {T}.");

    /// <summary>X and Y are at P.</summary>
    public static readonly EventRule Pair = new(
        (world, r) =>
        {
            if (world.People.Count > 0) return "the story begins twice";
            world.Place = r.P;
            return world.Introduce(r.X) ?? world.Introduce(r.Y);
        },
        "{W} {X} and {Y} met at the {P}.",
        "{W} {X} and {Y} came to the {P}.",
        "{W} {X} and {Y} sat at the {P}.");

    /// <summary>X, the first of the pair, has a thing T of colour C.</summary>
    public static readonly EventRule Has = new(
        (world, r) =>
        {
            if (world.People.Count < 2) return "what somebody has comes after the people";
            if (world.HasThing) return $"there is a {world.Thing.Name} already";
            if (r.X != world.People[0]) return $"it is {world.People[0]} who has something";
            world.Thing = new Belonging(r.T, r.X, r.C);
            return null;
        },
        "{X} had a {C} {T}.",
        "With {X} was a {C} {T}.",
        "{X} had brought a {C} {T}.");

    /// <summary>Y joins; H ("he" or "she") is the one who is there.</summary>
    public static readonly EventRule Joins = new(
        (world, r) =>
        {
            if (world.People.Count == 0) return "nobody is there yet";
            if (world.Introduce(r.Y) is { } wrong) return wrong;
            return r.H != "" && r.H != Words.Pronoun(world.Focus) ? $"\"{r.H}\" is not {world.Focus}" : null;
        },
        "There {H} met {Y}.",
        "{Y} was there too.",
        "Soon {Y} came as well.",
        "A friend, {Y}, came too.");

    /// <summary>Both walk on to P.</summary>
    public static readonly EventRule Walk = new(
        (world, r) =>
        {
            if (!world.Ready || world.Walked || world.Turned) return "they walk at the wrong time";
            if (r.P == world.Place) return $"they are already at the {r.P}";
            world.Place = r.P;
            world.Walked = true;
            return null;
        },
        "They walked to the {P}.",
        "Then they walked to the {P}.",
        "Side by side they walked to the {P}.");
}
