using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>What happens in one story, before it is put into sentences: people, things, places and the arc, all drawn apart.</summary>
internal sealed class StoryPlan
{
    public StoryPlan(CounterRandom random)
    {
        (First, Second, _) = Three(Words.People, random);
        (FirstThing, SecondThing, Prize) = Three(Words.Things, random);
        (FirstColour, SecondColour, NewColour) = Three(Words.Colours, random);
        (FirstPlace, SecondPlace, _) = Three(Words.Places, random);
        Time = Words.Times[random.Next(Words.Times.Length)];
        Arc = Arc.All[random.Next(Arc.All.Length)];
        var turned = random.Next(2) == 0;
        (Owner, Friend) = turned ? (Second, First) : (First, Second);
        (OwnersThing, FriendsThing) = turned ? (SecondThing, FirstThing) : (FirstThing, SecondThing);
        TellsFeeling = random.Next(4) > 0;
        Pair = random.Next(5) < 2;
        Walks = Arc.Where is null && Arc.Remedy is null && random.Next(2) == 0;
        Turner = Arc.ByHolder ? Owner : Friend;
        Concerned = Arc.Turn == Turns.Gave || Arc.Turn == Turns.Lent ? Friend : Owner;
        Thing = Arc.Turn == Turns.Won ? Prize : OwnersThing;
        Helper = Arc.Turn == Troubles.Hidden || (Arc.Turn == Troubles.Blown && random.Next(2) == 0) ? Owner : Friend;
    }

    public string First { get; }
    public string Second { get; }
    public string FirstThing { get; }
    public string SecondThing { get; }
    public string FirstColour { get; }
    public string SecondColour { get; }
    public string FirstPlace { get; }
    public string Time { get; }

    /// <summary>The people come together in the first sentence; otherwise the second one joins.</summary>
    public bool Pair { get; }

    /// <summary>They walk on to <see cref="SecondPlace"/> before the turn.</summary>
    public bool Walks { get; }

    public Arc Arc { get; }

    /// <summary>Where the turn happens, or where they walk.</summary>
    public string SecondPlace { get; }

    /// <summary>The one who has the thing before the turn (or wins it), and the other one.</summary>
    public string Owner { get; }
    public string Friend { get; }
    public string OwnersThing { get; }
    public string FriendsThing { get; }

    /// <summary>What can be won, and the colour of it or of new paint.</summary>
    public string Prize { get; }
    public string NewColour { get; }

    /// <summary>The thing the story turns on, and who brings the turn about, who puts it right and whose feeling it is.</summary>
    public string Thing { get; }
    public string Turner { get; }
    public string Helper { get; }
    public string Concerned { get; }
    public bool TellsFeeling { get; }

    private static (string, string, string) Three(string[] words, CounterRandom random)
    {
        var first = random.Next(words.Length);
        var second = (first + 1 + random.Next(words.Length - 1)) % words.Length;
        int third;
        do third = random.Next(words.Length);
        while (third == first || third == second);
        return (words[first], words[second], words[third]);
    }
}
