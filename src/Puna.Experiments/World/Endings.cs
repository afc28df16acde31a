namespace Puna.Experiments.World;

/// <summary>The feeling a turn caused, and how a story ends: with who has the thing.</summary>
internal static class Endings
{
    /// <summary>X (or "he" or "she") feels F because of what just happened.</summary>
    public static readonly EventRule Feels = new(
        (world, r) =>
        {
            if (world.Feeling is not { } caused) return "there is no cause for a feeling";
            if (r.X != "" && r.X != caused.Person) return $"{r.X} has no cause to be {r.F}";
            if (r.H != "" && (world.Focus != caused.Person || r.H != Words.Pronoun(world.Focus)))
                return $"\"{r.H}\" is not {caused.Person}";
            if (r.F != caused.Feeling) return $"what happened makes one {caused.Feeling}, not {r.F}";
            world.Feeling = null;
            return null;
        },
        "{X} was {F}.",
        "{X} felt {F}.",
        "{H} was so {F}.");

    /// <summary>X keeps the thing T (of colour C).</summary>
    public static readonly EventRule Kept = Made(
        "So {X} kept the {T}.",
        "In the end {X} kept the {C} {T}.",
        "So {X} kept the {C} {T} for ever.",
        "They sang a song, and {X} kept the {C} {T}.",
        "At night they went home, and {X} kept the {T}.",
        "They sat by the fire, and {X} kept the {T}.");

    /// <summary>X takes T (of colour C) home.</summary>
    public static readonly EventRule Took = Made(
        "So {X} took home the {T}.",
        "At last {X} took home the {C} {T}.",
        "They sang a song, and {X} took home the {C} {T}.",
        "They shook hands, and {X} took home the {T}.");

    private static EventRule Made(params string[] shapes) => new(
        (world, r) =>
        {
            if (!world.Turned) return "the story ends before anything happened";
            if (world.Trouble is not null) return $"the story ends while the {world.Thing.Name} is not put right";
            if (world.Contradiction(r) is { } wrong) return wrong;
            if (world.Thing.Holder != r.X) return $"{r.X} does not have the {r.T}";
            world.Ended = true;
            return null;
        },
        shapes);
}
