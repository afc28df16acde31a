using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>What happens in one story, before it is put into sentences: people, the thing, places and the arc. All are drawn apart, but of the two people one is a woman and one a man.</summary>
internal sealed class StoryPlan
{
    public StoryPlan(CounterRandom random)
    {
        Owner = Words.People[random.Next(Words.People.Length)];
        var friends = Friends(Owner);
        Friend = friends[random.Next(friends.Length)];
        (Colour, NewColour) = Two(Words.Colours, random);
        (FirstPlace, SecondPlace) = Two(Words.Places, random);
        Thing = Words.Things[random.Next(Words.Things.Length)];
        Time = Words.Times[random.Next(Words.Times.Length)];
        Arc = Arc.All[random.Next(Arc.All.Length)];
        TellsFeeling = random.Next(4) > 0;
        Pair = random.Next(5) < 2;
        Walks = Arc.Remedy is null && random.Next(2) == 0;
        Concerned = Arc.Turn == Turns.Gave || Arc.Turn == Turns.Lent ? Friend : Owner;
    }

    /// <summary>The one who is named first, has the thing and brings the turn about, where somebody does.</summary>
    public string Owner { get; }

    /// <summary>The other one, who puts right what goes wrong.</summary>
    public string Friend { get; }

    /// <summary>The one thing of the story.</summary>
    public string Thing { get; }

    /// <summary>The colour of the thing.</summary>
    public string Colour { get; }

    /// <summary>The colour it gets where it is painted.</summary>
    public string NewColour { get; }

    /// <summary>Where they meet.</summary>
    public string FirstPlace { get; }

    /// <summary>Where the trouble happens, or where they walk.</summary>
    public string SecondPlace { get; }

    /// <summary>When the story begins.</summary>
    public string Time { get; }

    /// <summary>The people come together in the first sentence; otherwise the friend joins.</summary>
    public bool Pair { get; }

    /// <summary>They walk on to <see cref="SecondPlace"/> before the turn.</summary>
    public bool Walks { get; }

    /// <summary>What the story turns on.</summary>
    public Arc Arc { get; }

    /// <summary>Whose feeling the turn causes.</summary>
    public string Concerned { get; }

    /// <summary>Whether that feeling is told.</summary>
    public bool TellsFeeling { get; }

    /// <summary>Who can be the friend of this owner: the men of a woman, the women of a man, so that "he" and "she" differ.</summary>
    public static string[] Friends(string owner) =>
        [.. Words.People.Where(person => Words.Pronoun(person) != Words.Pronoun(owner))];

    private static (string, string) Two(string[] words, CounterRandom random)
    {
        var first = random.Next(words.Length);
        var second = (first + 1 + random.Next(words.Length - 1)) % words.Length;
        return (words[first], words[second]);
    }
}
