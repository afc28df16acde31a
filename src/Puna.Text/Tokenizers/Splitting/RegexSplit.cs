using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Puna.Text;

/// <summary>
/// Any other rule: a regular expression on the runtime's engine. That engine sees UTF-16, the tokenizers of the field whole characters, so a
/// character beyond U+FFFF is shown to it as one of the same category below, and half a pair as U+FFFD.
/// </summary>
internal sealed class RegexSplit : MatchSplit
{
    private const int LongestPattern = 1 << 14;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), LimitPerCharacter = TimeSpan.FromMicroseconds(20);

    // One character of each category that patterns do not name.
    private static readonly char[] StandIns = MakeStandIns();
    private readonly Regex regex;
    private readonly string name;
    private long spent, seen;

    /// <param name="pattern">The expression as tokenizer.json spells it.</param>
    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="invert">Whether matches and the stretches between them change roles.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">The expression is wrong, or means something else to the runtime's engine.</exception>
    public RegexSplit(string pattern, SplitBehavior behavior, bool invert, string name)
        : base(behavior, invert) => (regex, this.name) = (Compile(pattern, name), name);

    internal static Regex Compile(string pattern, string name)
    {
        if (pattern.Length > LongestPattern) throw new InvalidDataException($"{name}: a regular expression of {pattern.Length} characters; at most {LongestPattern} are read.");
        var translated = SplitPattern.Translate(pattern, name);
        try
        {
            // The engine that never goes back knows no looking ahead, and misses matches: .NET 10's leaves «year» out of «x 18-year» for \s?\p{L}+.
            return new Regex(translated, RegexOptions.CultureInvariant | RegexOptions.Compiled, Limit);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{name}: '{pattern}' is not a regular expression that this build runs ({error.Message.TrimEnd('.')}).", error);
        }
    }

    protected override bool Next(ReadOnlySpan<char> text, ref object? state, int from, out int start, out int length)
    {
        var matches = (Matches)(state ??= Find(text));
        if (matches.Count == matches.Starts.Count)
        {
            (start, length) = (text.Length, 0);
            return false;
        }
        (start, length) = (matches.Starts[matches.Count], matches.Lengths[matches.Count]);
        matches.Count++;
        return true;
    }

    private Matches Find(ReadOnlySpan<char> text)
    {
        var found = new Matches();
        var places = text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? null : new List<int>(text.Length);
        var shown = places is null ? text : Show(text, places);
        // The engine's limit is for one match; this one is for all of them together, in all stretches of all texts so far.
        var start = Stopwatch.GetTimestamp();
        var left = Limit + (LimitPerCharacter * Interlocked.Add(ref seen, text.Length)) - TimeSpan.FromTicks(Volatile.Read(ref spent));
        try
        {
            foreach (var match in regex.EnumerateMatches(shown))
            {
                if (Stopwatch.GetElapsedTime(start) > left) throw new RegexMatchTimeoutException();
                if (match.Length == 0) continue;
                var (first, last) = (match.Index, match.Index + match.Length);
                if (places is not null) (first, last) = (places[first], places[last]);
                found.Starts.Add(first);
                found.Lengths.Add(last - first);
            }
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException($"{name}: '{regex}' takes more than {Limit.TotalSeconds:0} seconds on a text of {text.Length} characters; split the text, or use a tokenizer with another rule.", error);
        }
        finally
        {
            Interlocked.Add(ref spent, Stopwatch.GetElapsedTime(start).Ticks);
        }
        return found;
    }

    private static string Show(ReadOnlySpan<char> text, List<int> places)
    {
        var shown = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var used);
            places.Add(at);
            shown.Append(rune.IsBmp ? (char)rune.Value : StandIns[(int)Rune.GetUnicodeCategory(rune)]);
            at += used;
        }
        places.Add(text.Length);
        return shown.ToString();
    }

    private static char[] MakeStandIns()
    {
        var found = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        for (var c = char.MaxValue; c > 0; c--)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(c);
            if (category != UnicodeCategory.Surrogate && found[(int)category] == 0) found[(int)category] = c;
        }
        return found;
    }

    private sealed class Matches
    {
        public int Count { get; set; }

        public List<int> Starts { get; } = [];

        public List<int> Lengths { get; } = [];
    }
}
