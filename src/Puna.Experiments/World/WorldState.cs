namespace Puna.Experiments.World;

/// <summary>What is true at one moment of a story: who is there, who holds what, what is wrong, how somebody feels.</summary>
internal sealed class WorldState
{
    /// <summary>Where the people are; empty before the opening.</summary>
    public string Place { get; set; } = "";

    /// <summary>The people of the story in the order of their coming.</summary>
    public List<string> People { get; } = [];

    /// <summary>The things of the story by their names.</summary>
    public Dictionary<string, Belonging> Things { get; } = [];

    /// <summary>The person a following "he" or "she" means.</summary>
    public string Focus { get; set; } = "";

    /// <summary>The trouble that is still to be put right.</summary>
    public Trouble? Trouble { get; set; }

    /// <summary>The feeling that the latest event caused, which the next sentence may tell.</summary>
    public (string Person, string Feeling)? Feeling { get; set; }

    /// <summary>The thing the story turns on, once the turn has come.</summary>
    public string? Turn { get; set; }

    /// <summary>The people walked on together.</summary>
    public bool Walked { get; set; }

    /// <summary>The ending was told.</summary>
    public bool Ended { get; set; }

    /// <summary>Two people have met and both are known: the turn may come.</summary>
    public bool Ready => People.Count == 2 && Things.Count > 0;

    public string Other(string person) => person == People[0] ? People[1] : People[0];

    public string Holder(string thing) => Things[thing].Holder;

    public bool Holds(string person, string thing) => Things.TryGetValue(thing, out var it) && it.Holder == person;

    public string? Introduce(string person)
    {
        if (People.Contains(person)) return $"{person} is already there";
        if (People.Count == 2) return "a third person comes";
        People.Add(person);
        return null;
    }

    public string? Bring(string person, string thing, string colour)
    {
        if (!People.Contains(person)) return $"{person} was not introduced";
        return Things.TryAdd(thing, new Belonging(person, colour)) ? null : $"there is already a {thing}";
    }

    /// <summary>Checks all that a sentence says in passing: people and things known, colour, pronoun.</summary>
    public string? Contradiction(Roles roles)
    {
        foreach (var person in new[] { roles.X, roles.Y })
            if (person != "" && !People.Contains(person)) return $"{person} was not introduced";
        if (roles.X != "" && roles.X == roles.Y) return $"{roles.X} is named as two people";
        foreach (var thing in new[] { roles.T, roles.U })
            if (thing != "" && !Things.ContainsKey(thing)) return $"there is no {thing}";
        if (roles.T != "" && roles.T == roles.U) return $"the {roles.T} is named as two things";
        if (roles.C != "" && roles.T != "" && Things[roles.T].Colour != roles.C) return $"the {roles.T} is not {roles.C}";
        return null;
    }
}

/// <summary>A thing in somebody's hands.</summary>
internal sealed record Belonging(string Holder, string Colour);

/// <summary>Something wrong with a thing: what, where it happened (empty when it does not matter) and whose thing it is.</summary>
internal sealed record Trouble(TroubleKind Kind, string Thing, string Place, string Owner);

/// <summary>What can go wrong with a thing.</summary>
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
