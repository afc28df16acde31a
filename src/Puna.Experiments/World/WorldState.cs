namespace Puna.Experiments.World;

/// <summary>What is true at one moment of a story: who is there, who has the thing, what is wrong, how somebody feels.</summary>
internal sealed class WorldState
{
    /// <summary>Where the people are; empty before the opening.</summary>
    public string Place { get; set; } = "";

    /// <summary>The two people of the story in the order of their coming; the first one is the owner.</summary>
    public List<string> People { get; } = [];

    /// <summary>The one thing of the story; without a name before it is told of.</summary>
    public Belonging Thing { get; set; } = new("", "", "");

    /// <summary>The thing was told of.</summary>
    public bool HasThing => Thing.Name != "";

    /// <summary>The person a following "he" or "she" means.</summary>
    public string Focus { get; set; } = "";

    /// <summary>The trouble that is still to be put right.</summary>
    public Trouble? Trouble { get; set; }

    /// <summary>The feeling that the latest event caused, which the next sentence may tell.</summary>
    public (string Person, string Feeling)? Feeling { get; set; }

    /// <summary>The turn of the story has come.</summary>
    public bool Turned { get; set; }

    /// <summary>The people walked on together.</summary>
    public bool Walked { get; set; }

    /// <summary>The ending was told.</summary>
    public bool Ended { get; set; }

    /// <summary>Two people have met and the thing is known: the turn may come.</summary>
    public bool Ready => People.Count == 2 && HasThing;

    /// <summary>Lets a person come. Returns what forbids it, or null.</summary>
    public string? Introduce(string person)
    {
        if (People.Contains(person)) return $"{person} is already there";
        if (People.Count == 2) return "a third person comes";
        People.Add(person);
        return null;
    }

    /// <summary>Checks all that a sentence says in passing: two people who are there, the thing and its colour.</summary>
    public string? Contradiction(Roles roles)
    {
        if (roles.X != "" && !People.Contains(roles.X)) return $"{roles.X} was not introduced";
        if (roles.Y != "" && !People.Contains(roles.Y)) return $"{roles.Y} was not introduced";
        if (roles.X != "" && roles.X == roles.Y) return $"{roles.X} is named as two people";
        if (roles.T != Thing.Name) return $"there is no {roles.T}";
        if (roles.C != "" && roles.C != Thing.Colour) return $"the {roles.T} is not {roles.C}";
        return null;
    }
}

/// <summary>A thing, who has it, and its colour.</summary>
internal sealed record Belonging(string Name, string Holder, string Colour);

/// <summary>Something wrong with the thing: what, and who is its owner.</summary>
internal sealed record Trouble(TroubleKind Kind, string Owner);

/// <summary>What can go wrong with the thing.</summary>
internal enum TroubleKind
{
    Lost,
    Broken,
    Wet,
    Hidden,
    Blown,
    Carried,
    Lent,
}
