using Puna.Inference;
using Puna.Text;

namespace Puna.Tests.Inference;

public class DryBreakersTests
{
    private static readonly Tokenizer Tokenizer = Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model"));

    [Theory]
    [InlineData("uopase\nqeqi rawe", "\n")]
    [InlineData("uopase: qeqi rawe", ":")]
    [InlineData("a:b:c", ":|*")]
    [InlineData("uopase qeqi rawe", "e qe")]
    [InlineData("uopase qeqi rawe", "uopase qeqi rawe")]
    public void What_counts_is_what_follows_the_token_in_which_a_breaker_ends(string text, string several)
    {
        var breakers = several.Split('|');
        var ids = Tokenizer.Encode(text);
        var found = new DryBreakers(Tokenizer, breakers).TokensBehindLast(ids);
        // as many tokens as can be taken off the end while the rest still holds the last breaker
        var whole = Last(text);
        var kept = Enumerable.Range(0, ids.Length + 1).First(count => Last(Tokenizer.Decode(ids.AsSpan(0, count))) == whole);
        found.ShouldBe(ids.Length - kept);

        int Last(string part) => breakers.Max(breaker => part.LastIndexOf(breaker, StringComparison.Ordinal) is var at and >= 0 ? at + breaker.Length : -1);
    }

    [Fact]
    public void Without_a_breaker_in_the_text_everything_counts()
    {
        var ids = Tokenizer.Encode("uopase qeqi");
        new DryBreakers(Tokenizer, ["\n"]).TokensBehindLast(ids).ShouldBe(ids.Length);
        DryBreakers.None.TokensBehindLast(ids).ShouldBe(ids.Length);
        new DryBreakers(Tokenizer, ["\n", "q"]).TokensBehindLast([]).ShouldBe(0);
    }

    [Fact]
    public void A_token_that_is_a_breaker_is_never_penalised_and_no_repetition_reaches_across_one()
    {
        var (line, a, b) = (Tokenizer.Encode("a\n")[^1], Tokenizer.Encode("xu")[^1], Tokenizer.Encode("xq")[^1]);
        var breakers = new DryBreakers(Tokenizer, ["\n"]);
        breakers.Has(line).ShouldBeTrue();
        breakers.Has(a).ShouldBeFalse();
        Logit([a, b, line, a, b], breakers, line).ShouldBe(0, "it is a breaker");
        Logit([a, b, line, a, b], DryBreakers.None, line).ShouldBe(-1);
        Logit([b, line, a, b, a, b, line, a], breakers, b).ShouldBe(0, "behind the breaker only one token agrees");
        Logit([b, line, a, b, a, b, line, a], DryBreakers.None, b).ShouldBeLessThan(0);

        static double Logit(int[] text, DryBreakers breakers, int token)
        {
            var history = new SamplingHistory();
            history.Add(text);
            var candidates = new Candidates();
            candidates.Load<double>(new double[Tokenizer.VocabularySize]);
            new Dry(1, breakers: breakers).Apply(candidates, history);
            return candidates.Find(token).Logit;
        }
    }

    [Fact]
    public void An_empty_breaker_is_refused() =>
        Should.Throw<InvalidDataException>(() => new DryBreakers(Tokenizer, [""])).Message.ShouldContain("must not be empty");

    [Fact]
    public void A_token_that_the_tokenizer_lacks_is_no_breaker()
    {
        var breakers = new DryBreakers(Tokenizer, ["\n"]);
        breakers.Has(Tokenizer.VocabularySize).ShouldBeFalse();
        breakers.TokensBehindLast([Tokenizer.VocabularySize + 3]).ShouldBe(1);
    }
}
