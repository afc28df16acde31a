using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Puna.Evaluation;

namespace Puna.Tests.Evaluation;

public class NGramBaselinesTests
{
    [Fact]
    public void Probabilities_are_those_computed_by_hand()
    {
        // 0 1 0 2 0 1 of four tokens: c = 3 2 1 0, pairs 01:2 10:1 02:1 20:1, predecessors 0:3 1:1 2:1
        var model = NGramBaselines.Fit([0, 1, 0, 2, 0, 1], 4);
        Enumerable.Range(0, 4).Select(model.Unigram.Probability).ShouldBe([0.4, 0.3, 0.2, 0.1]);
        model.Unigram.Best.ShouldBe(0);
        model.Bigram.Alpha.ShouldBe(1);
        model.Bigram.Probability(0, 1).ShouldBe((2 + 0.3) / 4, 1e-15);
        model.Bigram.Probability(0, 3).ShouldBe(0.1 / 4, 1e-15);
        model.Bigram.Probability(1, 0).ShouldBe((1 + 0.4) / 2, 1e-15);
        model.Bigram.Probability(3, 2).ShouldBe(0.2, 1e-15);
        Enumerable.Range(0, 4).Select(model.Bigram.BestAfter).ShouldBe([1, 0, 0, 0]);

        var scores = model.Score([0, 0, 1, 3], [1, 0, 0, 2]);
        scores.Unigram.Loss.ShouldBe(-(Math.Log(0.3) + 2 * Math.Log(0.4) + Math.Log(0.2)) / 4, 1e-15);
        scores.Unigram.Accuracy.ShouldBe(0.5);
        scores.Unigram.Count.ShouldBe(4);
        scores.Bigram.Loss.ShouldBe(-(Math.Log(2.3 / 4) + Math.Log(0.4 / 4) + Math.Log(1.4 / 2) + Math.Log(0.2)) / 4, 1e-15);
        scores.Bigram.Accuracy.ShouldBe(0.5);
        scores.Bigram.Perplexity.ShouldBe(Math.Exp(scores.Bigram.Loss));
        scores.Alpha.ShouldBe(1);
    }

    [Fact]
    public void Pairs_do_not_cross_documents()
    {
        ReadOnlyMemory<int>[] documents = [new[] { 0, 1 }, Array.Empty<int>(), new[] { 2 }, new[] { 1, 2 }];
        var separate = NGramBaselines.Fit(documents, 3);
        var packed = NGramBaselines.Fit([0, 1, 2, 1, 2], [7, 7, 8, 7, 7], 3);
        foreach (var model in new[] { separate, packed })
        {
            model.Bigram.Probability(1, 2).ShouldBe((1 + 3 / 8.0) / 2, 1e-15);
            model.Bigram.Probability(2, 1).ShouldBe(3 / 8.0, 1e-15); // 2 precedes nothing: the unigram model alone
        }
        Should.Throw<ArgumentOutOfRangeException>(() => NGramBaselines.Fit([0, 1], [0], 3));
    }

    [Fact]
    public void Every_context_has_a_distribution_whose_best_is_the_argmax()
    {
        var texts = Gen.Choose(0, 6).ListOf().Select(x => x.ToArray()).ToArbitrary();
        Prop.ForAll(texts, Gen.Elements(NGramBaselines.Alphas.ToArray()).ToArbitrary(), (train, alpha) =>
        {
            const int Vocabulary = 8;
            var counts = new NGramCounts(Vocabulary);
            counts.Add(train);
            var unigram = new UnigramModel(counts);
            var bigram = new BigramModel(counts, unigram, alpha);
            return IsFine(unigram.Probability, unigram.Best)
                && Enumerable.Range(0, Vocabulary).All(a => IsFine(b => bigram.Probability(a, b), bigram.BestAfter(a)));

            static bool IsFine(Func<int, double> probability, int best)
            {
                var all = Enumerable.Range(0, Vocabulary).Select(probability).ToArray();
                return all.All(p => p is > 0 and <= 1) && Math.Abs(all.Sum() - 1) < 1e-12 && Array.IndexOf(all, all.Max()) == best;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Alpha_is_the_best_on_validation()
    {
        // Training says nothing about validation pairs, so the unigram model is worth most; then the other way round.
        var train = Enumerable.Range(0, 400).Select(i => i % 4).ToArray();
        var model = NGramBaselines.Fit(train, 4);
        model.SelectAlpha([0, 1, 2, 3], [0, 1, 2, 3]).ShouldBe(1000);
        model.Bigram.Alpha.ShouldBe(1000);
        model.SelectAlpha([0, 1, 2, 3], [1, 2, 3, 0]).ShouldBe(0.1);
        model.Score([0], [1]).Alpha.ShouldBe(0.1);
    }

    [Fact]
    public void A_vocabulary_of_128k_needs_no_table()
    {
        var train = Enumerable.Range(0, 50_000).Select(i => (int)(i * 7919L % 128_256)).ToArray();
        var model = NGramBaselines.Fit(train, 128_256);
        model.SelectAlpha(train.AsSpan(0, 1000), train.AsSpan(1, 1000)).ShouldBe(0.1);
        model.Score(train.AsSpan(0, 1000), train.AsSpan(1, 1000)).Bigram.Accuracy.ShouldBe(1);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Should.Throw<InvalidDataException>(() => NGramBaselines.Fit([0, 3], 3)).Message.ShouldBe("The token at place 1 is 3; ids must lie between 0 and 2.");
        Should.Throw<ArgumentOutOfRangeException>(() => NGramBaselines.Fit(ReadOnlySpan<int>.Empty, 0));
        var model = NGramBaselines.Fit([0, 1], 3);
        Should.Throw<InvalidDataException>(() => model.Score([], []));
        Should.Throw<InvalidDataException>(() => model.Score([0], [3]));
        Should.Throw<InvalidDataException>(() => model.SelectAlpha([-1], [0]));
        Should.Throw<ArgumentOutOfRangeException>(() => model.Score([0, 1], [0]));
        Should.Throw<ArgumentOutOfRangeException>(() => new BigramModel(new NGramCounts(2), model.Unigram, 0));
    }

    /// <summary>The figures come from the same definitions written out in Python.</summary>
    [SkippableFact]
    public void On_shakespeare_by_characters_the_bigram_beats_the_unigram()
    {
        var text = File.ReadAllText(SharedData.Shared("data/corpora/tinyshakespeare.txt"));
        var alphabet = text.Distinct().Order().Select((character, id) => (character, id)).ToDictionary(x => x.character, x => x.id);
        int[] tokens = [.. text.Select(character => alphabet[character])];
        var (trainEnd, testStart) = (tokens.Length * 9 / 10, tokens.Length * 19 / 20);
        var watch = Stopwatch.StartNew();
        var model = NGramBaselines.Fit(tokens.AsSpan(0, trainEnd), alphabet.Count);
        model.SelectAlpha(tokens.AsSpan(trainEnd, testStart - trainEnd - 1), tokens.AsSpan(trainEnd + 1, testStart - trainEnd - 1));
        var test = tokens.AsSpan(testStart);
        var scores = model.Score(test[..^1], test[1..]);
        watch.Elapsed.TotalSeconds.ShouldBeLessThan(5); // about 0.1 s on a free core
        scores.Alpha.ShouldBe(10);
        scores.Unigram.Loss.ShouldBe(3.361966814297613, 1e-10);
        scores.Unigram.Accuracy.ShouldBe(0.14595922465886066, 1e-15);
        scores.Bigram.Loss.ShouldBe(2.50125848507303, 1e-10);
        scores.Bigram.Accuracy.ShouldBe(0.27065215442270796, 1e-15);
        scores.Bigram.Count.ShouldBe(55_769);
    }
}
