using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

public class GoldenTrainingTests
{
    public static TheoryData<string> Models => [.. GoldenModels.Bpe];

    [Fact]
    public void The_stored_corpus_gives_the_stored_vocabulary()
    {
        var options = new BpeTrainerOptions
        {
            VocabularySize = 512,
            UserDefinedSymbols = ["<|im_start|>", "<|im_end|>", "[INST]", "[/INST]"],
            ControlSymbols = ["<|eot_id|>"],
            PadId = 3,
            SplitDigits = true,
            Normalization = "identity",
        };
        var tokenizer = SentencePieceBpeTrainer.Train(File.ReadAllText(GoldenModels.Stored("corpus_ascii.txt")).Split('\n'), options);
        tokenizer.Model.ToVocabularyText().ShouldBe(File.ReadAllText(GoldenModels.Stored("bpe_512_ascii_symbols.vocab")));
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Every_vocabulary_equals_the_original_trainers(string name)
    {
        var about = JsonDocument.Parse(File.ReadAllText(GoldenModels.Shared("models.json"))).RootElement.GetProperty(name);
        var corpus = about.GetProperty("corpus").GetString()!;
        var lines = File.ReadAllText(corpus == "tinyshakespeare.txt" ? SharedData.Shared("data/corpora/" + corpus) : GoldenModels.Shared(corpus)).Split('\n');

        var tokenizer = SentencePieceBpeTrainer.Train(lines, Options(about.GetProperty("options")));

        tokenizer.Model.ToVocabularyText().ShouldBe(File.ReadAllText(GoldenModels.Shared(name + ".vocab")));
        lines.Sum(line => tokenizer.Encode(line).Length).ShouldBe(about.GetProperty("corpus_tokens").GetInt32());
        foreach (var line in GoldenModels.Lines(GoldenModels.Shared(name + ".encode.jsonl")))
            tokenizer.Encode(line.GetProperty("text").GetString()!).ShouldBe(GoldenModels.Ids(line));
    }

    internal static BpeTrainerOptions Options(JsonElement json)
    {
        var options = new BpeTrainerOptions();
        foreach (var option in json.EnumerateObject())
        {
            var value = option.Value;
            options = option.Name switch
            {
                "model_type" => options,
                "vocab_size" => options with { VocabularySize = value.GetInt32() },
                "character_coverage" => options with { CharacterCoverage = value.GetSingle() },
                "add_dummy_prefix" => options with { AddDummyPrefix = value.GetBoolean() },
                "byte_fallback" => options with { ByteFallback = value.GetBoolean() },
                "split_digits" => options with { SplitDigits = value.GetBoolean() },
                "normalization_rule_name" => options with { Normalization = value.GetString()! },
                "remove_extra_whitespaces" => options with { RemoveExtraWhitespaces = value.GetBoolean() },
                "allow_whitespace_only_pieces" => options with { AllowWhitespaceOnlyPieces = value.GetBoolean() },
                "user_defined_symbols" => options with { UserDefinedSymbols = Strings(value) },
                "control_symbols" => options with { ControlSymbols = Strings(value) },
                "pad_id" => options with { PadId = value.GetInt32() },
                _ => throw new InvalidDataException(option.Name),
            };
        }
        return options;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(s => s.GetString()!)];
}
