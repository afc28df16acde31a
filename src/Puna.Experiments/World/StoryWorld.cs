using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>
/// A small world of our own and its stories: a woman and a man of the high plain, one thing that the one named first
/// has, and one turn of events with its consequences. A story is a pure function of the seed and its index.
/// </summary>
/// <param name="seed">Chooses which of all stories come, and in what order.</param>
public sealed class StoryWorld(ulong seed)
{
    /// <summary>
    /// A lower bound of the number of different stories. Every choice of owner and friend, thing, colour, time, first
    /// place, second place and trouble has a story of its own, since each of its sentence shapes tells them:
    /// 24·12 people (a woman and a man, either one the owner) · 24 things · 12 colours · 8 times · 22·21 places ·
    /// 6 troubles = 1 839 366 144. Feelings, the other three turns and the choice of the shapes come on top of it.
    /// </summary>
    public static long DistinctStories { get; } =
        Words.People.Sum(owner => StoryPlan.Friends(owner).LongLength)
        * Words.Things.Length * Words.Colours.Length * Words.Times.Length
        * Words.Places.Length * (Words.Places.Length - 1)
        * Arc.All.Count(arc => arc.Turn.Shapes.All(shape => shape.Slots.Contains('P')));

    /// <summary>One story in this many is held out.</summary>
    public const int HeldOutShare = 8;

    private const int ShortestWords = 26, LongestWords = 44, Tellings = 32;

    /// <summary>The story with this number.</summary>
    /// <param name="index">Any number; the same number gives the same story.</param>
    public Story Create(long index)
    {
        var random = new CounterRandom(seed, (ulong)index);
        var plan = new StoryPlan(random);
        for (var telling = 1; ; telling++)
        {
            // Told again, not planned again: otherwise arcs with short sentences would become rare. The last telling
            // stands whatever its length.
            var teller = new StoryTeller(plan, random);
            var text = teller.Tell();
            var words = text.AsSpan().Count(' ') + 1;
            if (telling < Tellings && (words < ShortestWords || words > LongestWords)) continue;
            return new Story(text, QuestionWriter.Choose(plan, teller, random));
        }
    }

    /// <summary>Different stories to train on. None of them is ever held out, whatever the seed.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<Story> Training(int count) => Different(heldOut: false).Take(count);

    /// <summary>Different stories for measuring. None of them ever occurs in training, whatever the seed.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<Story> HeldOut(int count) => Different(heldOut: true).Take(count);

    /// <summary>Whether a story with this text belongs to the held-out ones. It depends on the text alone.</summary>
    /// <param name="text">The story's text.</param>
    public static bool IsHeldOut(string text) => TextHash.Of(text) % HeldOutShare == 0;

    private IEnumerable<Story> Different(bool heldOut)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0L; ; index++)
        {
            var story = Create(index);
            if (IsHeldOut(story.Text) == heldOut && seen.Add(story.Text)) yield return story;
        }
    }
}
