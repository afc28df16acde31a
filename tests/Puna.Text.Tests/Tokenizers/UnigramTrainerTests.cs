using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

public class UnigramTrainerTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly string[] Lines = File.ReadAllText(GoldenModels.Stored("corpus_ascii.txt")).Split('\n');

    public static TheoryData<string> Models => [.. GoldenModels.Unigram];

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void The_corpus_is_as_short_as_under_the_original_trainers_vocabulary(string name)
    {
        var about = JsonDocument.Parse(File.ReadAllText(GoldenModels.Shared("models.json"))).RootElement.GetProperty(name);
        var corpus = about.GetProperty("corpus").GetString()!;
        var lines = File.ReadAllText(corpus == "tinyshakespeare.txt" ? SharedData.Shared("data/corpora/" + corpus) : GoldenModels.Shared(corpus)).Split('\n');

        var tokenizer = SentencePieceUnigramTrainer.Train(lines, GoldenTrainingTests.Options(about.GetProperty("options")));

        tokenizer.VocabularySize.ShouldBe(about.GetProperty("pieces").GetInt32());
        var (tokens, expected) = (lines.Sum(line => tokenizer.Encode(line).Length), about.GetProperty("corpus_tokens").GetInt32());
        output.WriteLine($"{name}: {tokens} tokens, {expected} under the original's ({tokens / (double)expected:0.0000})");
        (tokens / (double)expected).ShouldBeInRange(0.99, 1.01, $"{tokens} tokens for {expected}");
        var original = SentencePieceModel.Load(GoldenModels.Shared(name + ".model"));
        var (ours, theirs) = (tokenizer.Model.Pieces.Select(piece => piece.Text).ToHashSet(), original.Pieces.Select(piece => piece.Text).ToHashSet());
        (ours.Intersect(theirs).Count() / (double)theirs.Count).ShouldBeGreaterThan(0.9, $"{tokens} tokens for {expected}");
    }

    [Fact]
    public void The_model_is_written_and_read_again_and_gives_text_back()
    {
        var options = BpeTrainerOptions.Llama with { VocabularySize = 600, ControlSymbols = ["<|eot_id|>"], UserDefinedSymbols = ["<|im_start|>"], PadId = 3 };
        var tokenizer = SentencePieceUnigramTrainer.Train(Lines, options);
        (tokenizer.VocabularySize, tokenizer.PadId).ShouldBe((600, 3));
        var folder = Directory.CreateTempSubdirectory().FullName;
        tokenizer.Save(folder);
        var loaded = Puna.Text.Tokenizers.Load(folder).ShouldBeOfType<SentencePieceUnigram>();
        foreach (var text in Lines.Take(50).Append("naïve 語 <|im_start|> 123"))
        {
            loaded.Encode(text).ShouldBe(tokenizer.Encode(text));
            loaded.Decode(loaded.Encode(text)).ShouldBe(text);
        }
        var scores = tokenizer.Model.Pieces.Where(piece => piece.Type == SentencePieceType.Normal).Select(piece => piece.Score).ToArray();
        scores.ShouldBe(scores.OrderDescending());
        scores.Sum(score => Math.Exp(score)).ShouldBeInRange(0.5, 1.05);
        Directory.Delete(folder, true);
    }

    [Fact]
    public void What_cannot_be_trained_is_told_with_the_limit()
    {
        string Refusal(string[] lines, BpeTrainerOptions options) => Should.Throw<InvalidDataException>(() => SentencePieceUnigramTrainer.Train(lines, options)).Message;
        string[] few = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"];
        var options = new BpeTrainerOptions { Normalization = "identity" };
        Refusal(few, options with { VocabularySize = 10 }).ShouldContain("take at least 16");
        var message = Refusal(few, options with { VocabularySize = 5000 });
        var largest = int.Parse(message.Split("the largest possible is ")[1].Split(';')[0]);
        SentencePieceUnigramTrainer.Train(few, options with { VocabularySize = largest }).VocabularySize.ShouldBe(largest);
        Refusal(["", " "], options with { VocabularySize = 100 }).ShouldContain("no character to learn from");
        Refusal(few, options with { MemoryBytes = 1000 }).ShouldContain("1048576");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Should.Throw<OperationCanceledException>(() => SentencePieceUnigramTrainer.Train(few, options with { VocabularySize = 20 }, null, stopped.Token));
    }

    [Fact]
    public void Lines_that_are_not_cut_into_words_and_spaces_behind_words_are_possible()
    {
        var options = new BpeTrainerOptions { VocabularySize = 300, Normalization = "identity" };
        var whole = SentencePieceUnigramTrainer.Train(Lines.Take(300), options with { SplitByWhitespace = false });
        whole.Decode(whole.Encode(Lines[3])).ShouldBe(string.Join(' ', Lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        whole.Model.Pieces.ShouldContain(piece => piece.Text.TrimStart('\u2581').Contains('\u2581'));
        var suffix = SentencePieceUnigramTrainer.Train(Lines.Take(300), options with { TreatWhitespaceAsSuffix = true });
        suffix.Model.Pieces.Count(piece => piece.Text.Length > 1 && piece.Text.EndsWith('\u2581')).ShouldBeGreaterThan(10);
    }

    [Fact]
    public void Digamma_is_the_derivative_of_the_logarithm_of_gamma()
    {
        // Known values: -γ, and -γ - 2 ln 2.
        Digamma.Of(1).ShouldBe(-0.57721566490153286, 1e-12);
        Digamma.Of(0.5).ShouldBe(-1.9635100260214235, 1e-12);
        for (var x = 0.5; x < 1e6; x *= 3) (Digamma.Of(x + 1) - Digamma.Of(x)).ShouldBe(1 / x, 1e-9);
    }
}
