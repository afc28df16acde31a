namespace Puna.Text.Tests;

public class TrainerTests
{
    private static readonly string[] Lines = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"];

    [Fact]
    public void A_vocabulary_that_is_too_large_names_the_largest_possible()
    {
        var options = new BpeTrainerOptions { VocabularySize = 5000, Normalization = "identity" };
        var message = Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(Lines, options)).Message;
        var largest = int.Parse(message.Split("the largest possible is ")[1].Split(';')[0]);
        SentencePieceBpeTrainer.Train(Lines, options with { VocabularySize = largest }).VocabularySize.ShouldBe(largest);
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(Lines, options with { VocabularySize = largest + 1 }));
    }

    [Fact]
    public void A_vocabulary_that_is_too_small_names_the_numbers()
    {
        var options = new BpeTrainerOptions { VocabularySize = 10, Normalization = "identity" };
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(Lines, options)).Message
            .ShouldContain("the text has 13 required characters and there are 3 special pieces; take at least 16");
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(Lines, options with { ByteFallback = true, VocabularySize = 200 })).Message
            .ShouldContain("the special pieces alone are 259 (256 bytes among them)");
    }

    [Fact]
    public void A_text_without_characters_is_refused()
    {
        var options = new BpeTrainerOptions { VocabularySize = 100, Normalization = "identity" };
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(["", "   "], options)).Message.ShouldContain("no character to learn from");
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train([new string('a', 5000)], options)).Message.ShouldContain("1 of 1 lines are longer than 4192 bytes");
    }

    [Fact]
    public void Training_can_be_stopped_and_reports_progress()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var options = new BpeTrainerOptions { VocabularySize = 30, Normalization = "identity" };
        Should.Throw<OperationCanceledException>(() => SentencePieceBpeTrainer.Train(Lines, options, null, stopped.Token));
        var seen = new Progress();
        SentencePieceBpeTrainer.Train(Lines, options, seen);
        seen.Values.ShouldNotBeEmpty();
        seen.Values[^1].ShouldBe(1);
    }

    [Fact]
    public void Given_symbols_are_pieces_of_their_kind()
    {
        var options = BpeTrainerOptions.Llama with { VocabularySize = 290, ControlSymbols = ChatTemplates.Llama3.RequiredSymbols, PadId = 3 };
        var tokenizer = SentencePieceBpeTrainer.Train(Lines, options);
        tokenizer.PadId.ShouldBe(3);
        foreach (var symbol in ChatTemplates.Llama3.RequiredSymbols)
        {
            tokenizer.TryGetId(symbol, out var id).ShouldBeTrue();
            tokenizer.IsControl(id).ShouldBeTrue();
        }
        Should.Throw<InvalidDataException>(() => SentencePieceBpeTrainer.Train(Lines, options with { UserDefinedSymbols = ["<unk>"] })).Message.ShouldContain("'<unk>'");
    }

    [Fact]
    public void Options_without_cutting_at_spaces_give_pieces_over_words()
    {
        var tokenizer = SentencePieceBpeTrainer.Train(Lines, new BpeTrainerOptions { VocabularySize = 46, Normalization = "identity", SplitByWhitespace = false });
        tokenizer.Model.Pieces.ShouldContain(piece => piece.Text.TrimStart('\u2581').Contains('\u2581'));
        tokenizer.Decode(tokenizer.Encode(Lines[0])).ShouldBe(Lines[0]);
    }

    [Fact]
    public void Spaces_behind_words_are_possible()
    {
        var tokenizer = SentencePieceBpeTrainer.Train(Lines, new BpeTrainerOptions { VocabularySize = 34, Normalization = "identity", TreatWhitespaceAsSuffix = true });
        tokenizer.Model.Pieces.ShouldContain(piece => piece.Text == "the\u2581");
        tokenizer.Encode("the cat").Select(tokenizer.IdToPiece).First().ShouldBe("the\u2581");
    }

    [Fact]
    public void A_line_end_given_as_a_symbol_comes_back()
    {
        var tokenizer = SentencePieceBpeTrainer.Train(Lines, new BpeTrainerOptions { VocabularySize = 30, UserDefinedSymbols = ["\n"] });
        tokenizer.Decode(tokenizer.Encode("the cat\nsat\n\non")).ShouldBe("the cat\nsat\n\non");
    }

    [Fact]
    public void Characters_become_pieces_and_come_back()
    {
        var tokenizer = CharacterTokenizerTrainer.Train("to be,\nor not 🦙");
        tokenizer.Decode(tokenizer.Encode("or\nbe 🦙 ")).ShouldBe("or\nbe 🦙 ");
        tokenizer.VocabularySize.ShouldBe(3 + 10);
        tokenizer.Encode("zz").ShouldBe([0]);
        var folder = Directory.CreateTempSubdirectory().FullName;
        tokenizer.Save(folder);
        Tokenizers.Load(folder).Encode("to\nbe").ShouldBe(tokenizer.Encode("to\nbe"));
        Directory.Delete(folder, true);
        CharacterTokenizerTrainer.Train("ab", new CharacterTrainerOptions { BeginAndEnd = false }).Encode("ab").ShouldBe([1, 2]);
        Should.Throw<InvalidDataException>(() => CharacterTokenizerTrainer.Train(""));
    }

    private sealed class Progress : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
