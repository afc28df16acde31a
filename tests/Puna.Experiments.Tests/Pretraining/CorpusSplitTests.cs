using System.Text;
using Puna.Experiments.Pretraining;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Experiments.Tests.Pretraining;

public class CorpusSplitTests
{
    private static readonly string Words = MiniRun.Text(60);
    private static readonly Tokenizer Characters = CharacterTokenizerTrainer.Train(Words);

    [Fact]
    public void Shares_of_tokens_are_contiguous_and_every_token_but_the_first_of_a_part_is_scored_once()
    {
        using var mini = new MiniRun("data.split=[0.7, 0.15, 0.15]");
        var ids = Characters.Encode(Words);
        var split = CorpusSplit.Make(mini.Recipe, [Words], Characters);
        var (first, second) = ((int)Math.Round(ids.Length * 0.7), (int)Math.Round(ids.Length * 0.85));
        split.TrainingDocuments.Single().ShouldBe(ids[..first]);
        Labels(split.Validation).ShouldBe(ids[(first + 1)..second]);
        Labels(split.Test!).ShouldBe(ids[(second + 1)..]);
    }

    [Theory]
    [InlineData(true, 16)]
    [InlineData(true, 200)]
    [InlineData(false, 16)]
    public void Shares_of_documents_hold_whole_documents_each_in_one_part_and_no_token_is_lost(bool mask, int length)
    {
        using var mini = new MiniRun("data.split_by=documents", "data.encode=documents", $"data.document_mask={(mask ? "true" : "false")}", $"data.sequence_length={length}");
        var split = CorpusSplit.Make(mini.Recipe, [Words], Characters);
        var documents = Words.Split("\n\n").Select(text => Characters.Encode(text, new EncodeOptions(AddBos: true, AddEos: true))).ToArray();
        var count = documents.Sum(document => document.Length);
        split.TrainingTokens.ShouldBeInRange((long)(count * 0.6), (long)(count * 0.95));
        if (!mask) return;
        split.TrainingDocuments.Count.ShouldBe(48);
        // masked, the first token of each document is the only one that is not scored
        var scored = split.Validation.Rows.LabelCount + split.Test!.Rows.LabelCount;
        scored.ShouldBe(count - split.TrainingTokens - 12);
        long Bytes(IEnumerable<int[]> part) => part.Sum(document => (long)Encoding.UTF8.GetByteCount(Characters.Decode(document)));
        (split.Validation.Bytes + split.Test.Bytes).ShouldBe(Bytes(documents) - Bytes(split.TrainingDocuments));
    }

    [Fact]
    public void The_bigram_is_counted_across_documents_exactly_where_the_model_sees_across_them()
    {
        string[] sets = ["data.split_by=documents", "data.encode=documents"];
        using var stream = new MiniRun(sets);
        using var masked = new MiniRun([.. sets, "data.document_mask=true"]);
        var (bos, eos) = (Characters.BosId!.Value, Characters.EosId!.Value);
        var open = CorpusSplit.Make(stream.Recipe, [Words], Characters);
        Pairs(open.Validation).ShouldContain((eos, bos));
        open.TrainingDocuments.Count.ShouldBe(1);
        var closed = CorpusSplit.Make(masked.Recipe, [Words], Characters);
        Pairs(closed.Validation).ShouldNotContain((eos, bos));
        closed.TrainingDocuments.Count.ShouldBe(48);
    }

    [Fact]
    public void Baselines_are_scored_on_the_positions_of_the_model()
    {
        using var mini = new MiniRun();
        var split = CorpusSplit.Make(mini.Recipe, [Words], Characters);
        var (validation, test) = split.Baselines(Characters.VocabularySize);
        var train = split.TrainingDocuments.Single();
        var (previous, tokens) = split.Validation.Rows.ScoredPairs();
        // straight from the definition
        double Unigram(int token) => (train.Count(id => id == token) + 1.0) / (train.Length + Characters.VocabularySize);
        double Loss(double alpha, int[] before, int[] after) => before.Zip(after, (a, b) =>
            -Math.Log((Enumerable.Range(1, train.Length - 1).Count(i => train[i - 1] == a && train[i] == b) + (alpha * Unigram(b))) / (train[..^1].Count(id => id == a) + alpha))).Average();
        validation.Unigram.Loss.ShouldBe(tokens.Average(token => -Math.Log(Unigram(token))), 1e-9);
        validation.Bigram.Loss.ShouldBe(Loss(validation.Alpha, previous, tokens), 1e-9);
        foreach (var alpha in (double[])[0.1, 1, 10, 100, 1000]) Loss(alpha, previous, tokens).ShouldBeGreaterThanOrEqualTo(validation.Bigram.Loss - 1e-9);
        validation.Bigram.Count.ShouldBe(split.Validation.Rows.LabelCount);
        var (testPrevious, testTokens) = split.Test!.Rows.ScoredPairs();
        test!.Value.Bigram.Loss.ShouldBe(Loss(validation.Alpha, testPrevious, testTokens), 1e-9);
    }

    [Fact]
    public void Bits_per_byte_are_the_bits_of_all_tokens_over_the_bytes_of_the_text()
    {
        using var mini = new MiniRun("data.split=[0.5, 0.5]");
        var text = string.Concat(Enumerable.Repeat("äö", 200));
        var tokenizer = CharacterTokenizerTrainer.Train(text);
        var part = CorpusSplit.Make(mini.Recipe, [text], tokenizer).Validation;
        part.Bytes.ShouldBe(400);
        part.BitsPerByte(Math.Log(2)).ShouldBe(199 / 400.0, 1e-12);
    }

    [Theory]
    [InlineData("the training text has", "data.split=[0.02, 0.98]")]
    [InlineData("the validation part has", "data.split=[0.98, 0.01, 0.01]")]
    [InlineData("the test part has", "data.split=[0.5, 0.49, 0.01]")]
    [InlineData("data.document_mask needs documents", "data.document_mask=true")]
    [InlineData("data.split_by: documents needs data.encode: documents", "data.split_by=documents")]
    [InlineData("the text has 60 documents (separated by \"\\n\\n\"), too few", "data.split_by=documents", "data.encode=documents", "data.split=[0.999, 0.001]")]
    public void What_does_not_fit_is_refused_with_the_numbers(string sentence, params string[] sets)
    {
        using var mini = new MiniRun(["data.sequence_length=64", .. sets]);
        Should.Throw<InvalidDataException>(() => CorpusSplit.Make(mini.Recipe, [Words], Characters)).Message.ShouldContain(sentence);
    }

    private static IEnumerable<int> Labels(HeldOutPart part) => part.Rows.Labels.Where(label => label != LogProb.Ignore);

    private static (int, int)[] Pairs(HeldOutPart part)
    {
        var (previous, tokens) = part.Rows.ScoredPairs();
        return [.. previous.Zip(tokens)];
    }
}
