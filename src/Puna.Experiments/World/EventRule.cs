namespace Puna.Experiments.World;

/// <summary>
/// A kind of event: the sentence shapes that tell it, and its rule. The rule looks at the world before the event, says
/// what forbids it, or null, and otherwise changes the world.
/// </summary>
internal sealed class EventRule(Func<WorldState, Roles, string?> happen, params string[] shapes)
{
    public IReadOnlyList<Shape> Shapes { get; } = [.. shapes.Select(shape => new Shape(shape))];

    /// <summary>Lets the event happen. Returns the broken rule, or null.</summary>
    public string? Happen(WorldState world, Roles roles)
    {
        if (world.Ended) return "nothing may follow the ending";
        return happen(world, roles);
    }
}
