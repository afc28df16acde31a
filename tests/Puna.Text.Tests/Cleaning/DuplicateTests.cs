using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

public class DuplicateTests
{
    [Fact]
    public void A_document_is_new_once()
    {
        var seen = new ExactDuplicates();
        seen.Add(ExactDuplicates.Hash("a")).ShouldBeTrue();
        seen.Add(ExactDuplicates.Hash("b")).ShouldBeTrue();
        seen.Add(ExactDuplicates.Hash("a")).ShouldBeFalse();
        seen.Add(ExactDuplicates.Hash("a ")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void Planted_near_duplicates_are_found_and_unrelated_documents_are_kept(double threshold)
    {
        var index = new NearDuplicates(threshold);
        for (var n = 0; n < 100; n++) index.Add(MinHash.Signature(Text(n, 200))).ShouldBeTrue($"document {n} is unlike all before");
        var found = 0;
        for (var n = 0; n < 100; n++)
        {
            // one word of 200 changed: 5 of 196 shingles differ, a similarity of 0.95
            var words = Text(n, 200).Split(' ');
            words[n % 190] = "changed";
            if (threshold < 0.9 && !index.Add(MinHash.Signature(string.Join(' ', words)))) found++;
        }
        if (threshold < 0.9) found.ShouldBe(100);
        for (var n = 0; n < 100; n++) index.Add(MinHash.Signature(Text(n, 200).ToUpperInvariant().Replace(" ", "  "))).ShouldBeFalse("case and space do not count");
    }

    [Fact]
    public void A_document_less_alike_than_the_threshold_is_kept()
    {
        var index = new NearDuplicates(0.8);
        index.Add(MinHash.Signature(Text(1, 400)));
        index.Add(MinHash.Signature(Text(1, 200) + " " + Text(2, 200))).ShouldBeTrue("half of it is another text: a similarity of a third");
    }

    [Fact]
    public void The_signature_estimates_the_jaccard_similarity() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Gen.Choose(0, 300).Zip(Gen.Choose(1, 1000)).ToArbitrary(), pair =>
    {
        var (shared, seed) = pair;
        var (first, second) = (Text(seed, 300), Text(seed, 300)[..0] + string.Join(' ', Text(seed, 300).Split(' ').Take(shared).Concat(Text(seed + 5000, 300).Split(' ').Skip(shared))));
        var exact = Jaccard(first, second);
        Math.Abs(MinHash.Similarity(MinHash.Signature(first), MinHash.Signature(second)) - exact).ShouldBeLessThan(0.2); // more than four standard deviations
    }));

    [Fact]
    public void Short_and_empty_texts_have_signatures()
    {
        MinHash.Signature("two words").ShouldBe(MinHash.Signature("Two  words!"));
        MinHash.Signature("two words").ShouldNotBe(MinHash.Signature("two other words"));
        MinHash.Signature("").Length.ShouldBe(MinHash.Count);
    }

    private static double Jaccard(string first, string second)
    {
        static HashSet<string> Shingles(string text)
        {
            var words = text.Split(' ');
            return [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
        }
        var (a, b) = (Shingles(first), Shingles(second));
        return a.Intersect(b).Count() / (double)a.Union(b).Count();
    }

    /// <summary>Words drawn from 2,000, so that unrelated texts share words but no shingle.</summary>
    internal static string Text(int seed, int words)
    {
        var state = (uint)(seed * 7919) + 1;
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{((state = (state * 1664525) + 1013904223) >> 10) % 2000}"));
    }
}
