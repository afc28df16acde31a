using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>Puts a plan into sentences, each in one of its shapes, and follows the world as the checker does.</summary>
internal sealed class StoryTeller(StoryPlan plan, CounterRandom random)
{
    private readonly WorldState _world = new();
    private readonly List<string> _sentences = [];

    /// <summary>Whether the ending says "kept" (otherwise "took home").</summary>
    public bool EndsWithKept { get; private set; }

    /// <summary>Who has the thing in the end.</summary>
    public string Keeper => _world.Thing.Holder;

    /// <summary>Tells the story. A teller tells it once.</summary>
    public string Tell()
    {
        Open();
        if (plan.Walks) Say(Openings.Walk, new Roles { P = plan.SecondPlace });
        Say(plan.Arc.Turn, new Roles
        {
            X = plan.Owner,
            Y = plan.Friend,
            T = plan.Thing,
            P = plan.SecondPlace,
            C = plan.Colour,
            D = plan.NewColour,
        });
        if (plan.TellsFeeling) Feel();
        if (plan.Arc.Remedy is { } remedy)
            Say(remedy, new Roles { X = plan.Friend, Y = plan.Owner, T = plan.Thing, C = plan.Colour });
        End();
        return string.Join(' ', _sentences);
    }

    private void Open()
    {
        var roles = new Roles
        {
            W = plan.Time,
            X = plan.Owner,
            Y = plan.Friend,
            P = plan.FirstPlace,
            T = plan.Thing,
            C = plan.Colour,
            H = Words.Pronoun(plan.Owner),
        };
        Say(plan.Pair ? Openings.Pair : Openings.Alone, roles);
        Say(plan.Pair ? Openings.Has : Openings.Joins, roles);
    }

    private void Feel()
    {
        var roles = new Roles { X = plan.Concerned, F = plan.Arc.Feeling };
        if (_world.Focus == plan.Concerned) roles['H'] = Words.Pronoun(plan.Concerned);
        Say(Endings.Feels, roles);
    }

    private void End()
    {
        EndsWithKept = random.Next(2) == 0;
        Say(EndsWithKept ? Endings.Kept : Endings.Took, new Roles { X = Keeper, T = plan.Thing, C = _world.Thing.Colour });
    }

    private void Say(EventRule rule, Roles roles)
    {
        Shape[] fitting = [.. rule.Shapes.Where(shape => roles.Fill(shape.Slots))];
        var shape = fitting[random.Next(fitting.Length)];
        var sentence = shape.Write(roles);
        if (rule.Happen(_world, roles.Only(shape.Slots)) is { } broken)
            throw new InvalidOperationException($"The teller broke a rule in \"{sentence}\": {broken}.");
        _sentences.Add(sentence);
    }
}
