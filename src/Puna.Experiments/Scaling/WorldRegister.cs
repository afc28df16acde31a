using Puna.Experiments.World;
using Puna.Tensors;

namespace Puna.Experiments.Scaling;

/// <summary>
/// Facts to be remembered: entries of a register, each a pure function of the seed and its number, in the words of the story world. Which entry
/// a line is about follows a power law, P(number ≥ n) = n^−0.3, so that at any size and any length of training some entries are met often and
/// most hardly ever. Stories alone are soon told as well as they can be, after which neither size nor tokens help; with facts of such
/// frequencies what is left to learn falls as a power of size and of tokens (Hutter 2021, Learning Curve Theory, 2102.04074, section 3: the
/// loss falls with the tokens as D^−β, β = 0.3/1.3).
/// </summary>
/// <param name="seed">Of the facts.</param>
public sealed class WorldRegister(ulong seed)
{
    private const double Tail = 0.3;
    private const int Entries = 1_000_000;
    private const ulong Facts = 0x5245474953544552; // "REGISTER"

    /// <summary>A line about an entry drawn by frequency.</summary>
    /// <param name="random">Draws the entry.</param>
    public string Line(CounterRandom random)
    {
        for (; ; )
        {
            var number = Math.Floor(Math.Pow(1 - random.NextDouble(), -1 / Tail));
            if (number < Entries) return Entry((int)number);
        }
    }

    /// <summary>The line of an entry.</summary>
    /// <param name="number">From 1 on.</param>
    public string Entry(int number)
    {
        var random = new CounterRandom(seed, Facts + (ulong)number);
        return $"Entry {number}: {Pick(Words.People, random)} keeps a {Pick(Words.Colours, random)} {Pick(Words.Things, random)} at the {Pick(Words.Places, random)}.";
    }

    private static string Pick(string[] words, CounterRandom random) => words[random.Next(words.Length)];
}
