using FsCheck;
using FsCheck.Fluent;
using Puna.Inference;

namespace Puna.Tests.Inference;

public class StopSequencesTests
{
    private static readonly Gen<string> Letters = Gen.Elements('a', 'b', 'c').ListOf().Select(x => string.Concat(x));

    [Fact]
    public void What_comes_out_is_the_text_before_the_earliest_match_however_it_is_cut()
    {
        var cases = from text in Letters
                    from stops in Letters.Where(stop => stop.Length is > 0 and < 6).ListOf(3)
                    from cuts in Gen.Choose(0, 4).ListOf(40)
                    select (text, stops: stops.ToArray(), cuts: cuts.ToArray());
        Prop.ForAll(cases.ToArbitrary(), c => Check(c.text, c.stops, c.cuts)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Every_way_of_cutting_a_short_text_gives_the_same()
    {
        const string Text = "xabcabdab";
        string[][] lists = [["abd"], ["abcabe", "bc"], ["abcabd", "ca"], ["ab", "abc"], ["b"], ["zz"], [], ["ba", "dabx"]];
        foreach (var stops in lists)
            for (var mask = 0; mask < 1 << (Text.Length - 1); mask++)
            {
                var cuts = new List<int>();
                for (int at = 1, start = 0; at <= Text.Length; at++)
                    if (at == Text.Length || (mask >> (at - 1) & 1) == 1) (start, _) = (at, Add(cuts, at - start));
                Check(Text, stops, [.. cuts]).ShouldBeTrue();
            }
        static int Add(List<int> list, int value) { list.Add(value); return value; }
    }

    [Fact]
    public void It_holds_back_only_what_could_still_be_a_stop()
    {
        var filter = new StopSequences(["</s>", "\nUser:"]);
        filter.Push("Hello <").ShouldBe("Hello ");
        filter.Push("b>").ShouldBe("<b>");
        filter.Push("\nUse").ShouldBe("");
        filter.Push("ful").ShouldBe("\nUseful");
        filter.Push(" end</").ShouldBe(" end");
        filter.Matched.ShouldBeNull();
        filter.Push("s> more").ShouldBe("");
        filter.Matched.ShouldBe("</s>");
        filter.Push("text after it").ShouldBe("");
        filter.Finish().ShouldBe("");
        filter.Reset();
        filter.Push("again<").ShouldBe("again");
        filter.Finish().ShouldBe("<");
        filter.Matched.ShouldBeNull();
    }

    [Fact]
    public void A_complete_stop_waits_for_one_that_began_before_it()
    {
        var filter = new StopSequences(["bc", "abcd"]);
        filter.Push("xabc").ShouldBe("x");
        filter.Matched.ShouldBeNull();
        filter.Push("d").ShouldBe("");
        filter.Matched.ShouldBe("abcd");
        filter.Reset();
        filter.Push("xabc").ShouldBe("x");
        filter.Finish().ShouldBe("a");
        filter.Matched.ShouldBe("bc");
    }

    [Fact]
    public void An_empty_stop_is_refused() =>
        Should.Throw<InvalidDataException>(() => new StopSequences(["a", ""])).Message.ShouldContain("must not be empty");

    private static bool Check(string text, string[] stops, int[] cuts)
    {
        var matches = stops.Select(stop => (Start: text.IndexOf(stop, StringComparison.Ordinal), Stop: stop)).Where(m => m.Start >= 0).ToArray();
        var expected = matches.Length == 0 ? text : text[..matches.Min(m => m.Start)];
        var filter = new StopSequences(stops);
        var (shown, at) = ("", 0);
        foreach (var cut in cuts)
        {
            var length = Math.Min(cut, text.Length - at);
            shown += filter.Push(text.AsSpan(at, length));
            at += length;
            if (!expected.StartsWith(shown, StringComparison.Ordinal)) return false;
        }
        shown += filter.Push(text.AsSpan(at));
        shown += filter.Finish();
        var stop = matches.OrderBy(m => m.Start).ThenBy(m => m.Stop.Length).Select(m => m.Stop).FirstOrDefault();
        return shown == expected && filter.Matched == stop;
    }
}
