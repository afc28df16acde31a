using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>What happens in one story, before it is put into sentences: people, a thing, places and the arc, all drawn apart.</summary>
internal sealed class StoryPlan
{
    public StoryPlan(CounterRandom random)
    {
        Owner = Words.People[random.Next(Words.People.Length)];
        var others = Words.People.Where(person => Words.Pronoun(person) != Words.Pronoun(Owner)).ToArray();
        Friend = others[random.Next(others.Length)];
        (Colour, NewColour) = Two(Words.Colours, random);
        (FirstPlace, SecondPlace) = Two(Words.Places, random);
        Thing = Words.Things[random.Next(Words.Things.Length)];
        Time = Words.Times[random.Next(Words.Times.Length)];
        Arc = Arc.All[random.Next(Arc.All.Length)];
        TellsFeeling = random.Next(4) > 0;
        Pair = random.Next(5) < 2;
        Walks = !Arc.MovesOn && Arc.Remedy is null && random.Next(2) == 0;
        Turner = Arc.ByHolder ? Owner : Friend;
        Concerned = Arc.Turn == Turns.Gave || Arc.Turn == Turns.Lent ? Friend : Owner;
        Helper = Arc.Turn == Troubles.Hidden ? Owner : Friend;
    }

    /// <summary>The one who has the thing before the turn, and is told of first; and the other one.</summary>
    public string Owner { get; }
    public string Friend { get; }

    /// <summary>The thing the story turns on, its colour, and the colour of new paint.</summary>
    public string Thing { get; }
    public string Colour { get; }
    public string NewColour { get; }

    public string FirstPlace { get; }
    public string Time { get; }

    /// <summary>The people come together in the first sentence; otherwise the second one joins.</summary>
    public bool Pair { get; }

    /// <summary>They walk on to <see cref="SecondPlace"/> before the turn.</summary>
    public bool Walks { get; }

    public Arc Arc { get; }

    /// <summary>Where the turn happens, or where they walk.</summary>
    public string SecondPlace { get; }

    /// <summary>Who brings the turn about, who puts it right and whose feeling it is.</summary>
    public string Turner { get; }
    public string Helper { get; }
    public string Concerned { get; }
    public bool TellsFeeling { get; }

    private static (string, string) Two(string[] words, CounterRandom random)
    {
        var first = random.Next(words.Length);
        var second = (first + 1 + random.Next(words.Length - 1)) % words.Length;
        return (words[first], words[second]);
    }
}
